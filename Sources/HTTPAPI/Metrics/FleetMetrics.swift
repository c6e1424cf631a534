import Controller
import CoreMetrics

/// Copies what a snapshot of the fleet counts into the registry, at each scrape.
struct FleetMetrics {
    /// Where to.
    let metrics: MetricsRegistry

    /// Replaces the families that are read from the fleet; readers that are gone lose their series.
    func record(_ snapshot: FleetSnapshot) {
        for family in [MetricNames.readerRestarts, MetricNames.readerReady, MetricNames.queueDepth] {
            metrics.removeAll(family: family)
        }
        for group in snapshot.groups {
            let label = [("consumer_group", group.name)]
            metrics.series(MetricNames.queueDepth, label, kind: .gauge).set(Int64(group.queueDepth))
        }
        for reader in snapshot.readers {
            let labels = [("consumer_group", reader.consumerGroup), ("reader", reader.readerID.name)]
            metrics.series(MetricNames.readerRestarts, labels, kind: .counter)
                .increment(by: Int64(reader.restarts))
            metrics.series(MetricNames.readerReady, labels, kind: .gauge).set(Int64(reader.ready ? 1 : 0))
        }
    }
}
