import Controller
import Serving
import WorkerMessages

/// What a scrape reads from the fleet: queues, readers and workers, as `/status` shows them at the same moment.
struct FleetMetrics {
    /// The fleet.
    let snapshot: FleetSnapshot

    /// The families, those without series left out on the page.
    var readings: [FamilyReading] {
        queues + readers + workers + [
            FamilyReading(MetricCatalogue.packBytes, numbers: [([], Double(snapshot.packByteCount))])
        ]
    }

    private var queues: [FamilyReading] {
        func reading(_ family: MetricFamily, _ number: (FleetSnapshot.Group) -> Double) -> FamilyReading {
            FamilyReading(family, numbers: snapshot.groups.map { ([$0.name], number($0)) })
        }
        func lines(_ family: MetricFamily, _ number: (QueueSnapshot.Line) -> Double) -> FamilyReading {
            FamilyReading(
                family,
                numbers: snapshot.groups.flatMap { group in
                    group.queueLines.enumerated().map {
                        ([group.name, String($0.offset)], number($0.element))
                    }
                })
        }
        return [
            reading(MetricCatalogue.queueDepth) { Double($0.queueDepth) },
            reading(MetricCatalogue.queueLimit) { Double($0.queueLimit) },
            reading(MetricCatalogue.queueAge) { $0.oldestAgeSeconds },
            reading(MetricCatalogue.queueTokens) { Double($0.queuedTokenCount) },
            reading(MetricCatalogue.queueTokenLimit) { Double($0.queuedTokenLimit) },
            lines(MetricCatalogue.queueLineDepth) { Double($0.depth) },
            lines(MetricCatalogue.queueLineAge) { $0.oldestAge?.inSeconds ?? 0 },
        ]
    }

    private var readers: [FamilyReading] {
        func reading(_ family: MetricFamily, _ number: (ReaderSnapshot) -> Double) -> FamilyReading {
            FamilyReading(
                family, numbers: snapshot.readers.map { ([$0.consumerGroup, $0.readerID.name], number($0)) })
        }
        return [
            reading(MetricCatalogue.readerReady) { $0.ready ? 1 : 0 },
            reading(MetricCatalogue.readerRestarts) { Double($0.restarts) },
            reading(MetricCatalogue.activeSequences) { Double($0.activeSequences) },
            reading(MetricCatalogue.takeoffBatch) { Double($0.activeSequences) },
            reading(MetricCatalogue.blocks) { Double($0.scheduling.blockCount) },
            reading(MetricCatalogue.usedBlocks) { Double($0.scheduling.usedBlockCount) },
            reading(MetricCatalogue.cachedBlocks) { Double($0.scheduling.cachedBlockCount) },
            reading(MetricCatalogue.evictedBlocks) { Double($0.scheduling.evictedBlockCount) },
            reading(MetricCatalogue.prefixLookups) { Double($0.scheduling.prefixLookupTokenCount) },
            reading(MetricCatalogue.prefixHits) { Double($0.scheduling.prefixHitTokenCount) },
            reading(MetricCatalogue.preemptions) { Double($0.scheduling.preemptionCount) },
            FamilyReading(
                MetricCatalogue.readerDetails,
                numbers: snapshot.readers.map { reader in
                    let layout = reader.layout
                    return (
                        [
                            reader.consumerGroup, reader.readerID.name, reader.modelName, reader.modelType,
                            layout.quantType, layout.kvCacheType, String(layout.tensorParallel),
                            layout.transport.rawValue,
                        ], 1
                    )
                }),
        ]
    }

    private var workers: [FamilyReading] {
        func reading(_ family: MetricFamily, _ number: (WorkerSnapshot) -> Double) -> FamilyReading {
            FamilyReading(
                family,
                numbers: snapshot.readers.flatMap { reader in
                    reader.workers.map { worker in
                        (
                            [reader.consumerGroup, reader.readerID.name, String(worker.rank)],
                            number(worker)
                        )
                    }
                })
        }
        return [
            reading(MetricCatalogue.workerCompute) { $0.computeSeconds },
            reading(MetricCatalogue.workerWait) { $0.waitSeconds },
        ]
    }
}
