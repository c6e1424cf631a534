package import Serving
package import Topology

extension BatchingDeclaration {
    /// The policy that is declared, without history.
    package var policy: any BatchingPolicy {
        switch mode.value {
        case .continuous: ContinuousBatching()
        case .static: StaticBatching(window: window.value, maxBatch: maxBatch.value)
        case .window:
            WindowBatching(window: window.value, minBatch: minBatch.value, maxBatch: maxBatch.value)
        case .adaptive: AdaptiveBatching(window: window.value, maxBatch: maxBatch.value)
        case .load: loadPolicy
        case .predictive: PredictiveBatching(window: window.value, maxBatch: maxBatch.value)
        case .priority:
            PriorityBatching(urgentPriority: urgentPriority.value, reservedSlots: reservedSlots.value)
        case .hybrid:
            HybridBatching(window: window.value, load: loadPolicy, urgentPriority: urgentPriority.value)
        }
    }

    private var loadPolicy: LoadBatching {
        let low = Double(lowPressure.value) / 100
        return LoadBatching(
            minBatch: minBatch.value, maxBatch: maxBatch.value,
            pressures: low...max(low, Double(highPressure.value) / 100))
    }
}
