import Controller
import CoreMetrics

/// Copies what a snapshot of the fleet counts into the registry, at each scrape.
struct FleetMetrics {
    /// Where to.
    let metrics: MetricsRegistry

    /// Replaces the families that are read from the fleet, each at once, so that scrapes at the same time
    /// see no number twice; readers that are gone lose their series.
    func record(_ snapshot: FleetSnapshot) {
        metrics.replace(
            family: MetricNames.queueDepth, kind: .gauge,
            with: snapshot.groups.map { ([("consumer_group", $0.name)], Int64($0.queueDepth)) })
        func record(_ family: String, _ kind: MetricsRegistry.Kind, _ value: (ReaderSnapshot) -> Int64) {
            metrics.replace(
                family: family, kind: kind,
                with: snapshot.readers.map { reader in
                    let labels = [("consumer_group", reader.consumerGroup), ("reader", reader.readerID.name)]
                    return (labels, value(reader))
                })
        }
        record(MetricNames.readerRestarts, .counter) { Int64($0.restarts) }
        record(MetricNames.readerReady, .gauge) { $0.ready ? 1 : 0 }
    }
}
