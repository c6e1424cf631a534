import Controller
import Dispatch
import Platform
import WorkerMessages

/// What a scrape reads from /proc: the controller and its workers.
struct ProcessMetrics: Sendable {
    /// Reads one process; 0 is this one. Blocks on files.
    var usage: @Sendable (Int32) throws -> ProcessUsage = { pid in try ProcessUsage.read(pid: pid) }

    private struct Worker: Sendable {
        let labels: [String]
        let pid: Int32
    }

    /// The families, read on a thread where files may block. A process that is gone has no series.
    func readings(_ snapshot: FleetSnapshot) async -> [FamilyReading] {
        let workers = snapshot.readers.flatMap { reader in
            zip(reader.pids.indices, reader.pids).map { rank, pid in
                Worker(labels: [reader.consumerGroup, reader.readerID.name, String(rank)], pid: pid)
            }
        }
        return await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(returning: self.controller() + self.readings(of: workers) + [Self.build])
            }
        }
    }

    private func readings(of workers: [Worker]) -> [FamilyReading] {
        let usages = workers.compactMap { worker in
            (try? usage(worker.pid)).map { (worker.labels, $0) }
        }
        func reading(_ family: MetricFamily, _ number: (ProcessUsage) -> Double?) -> FamilyReading {
            FamilyReading(
                family, numbers: usages.compactMap { usage in number(usage.1).map { (usage.0, $0) } })
        }
        return [
            reading(MetricCatalogue.workerProcessor) { $0.processorSeconds },
            reading(MetricCatalogue.workerResident) { Double($0.residentByteCount) },
            reading(MetricCatalogue.workerDescriptors) { $0.openDescriptorCount.map(Double.init) },
        ]
    }

    private func controller() -> [FamilyReading] {
        guard let own = try? usage(0) else { return [] }
        let numbers: [(MetricFamily, Double?)] = [
            (MetricCatalogue.processProcessor, own.processorSeconds),
            (MetricCatalogue.processResident, Double(own.residentByteCount)),
            (MetricCatalogue.processVirtual, Double(own.virtualByteCount)),
            (MetricCatalogue.processDescriptors, own.openDescriptorCount.map(Double.init)),
            (MetricCatalogue.processDescriptorLimit, ProcessUsage.descriptorLimit.map(Double.init)),
            (MetricCatalogue.processStart, own.startSeconds),
        ]
        return numbers.compactMap { family, number in
            number.map { FamilyReading(family, numbers: [([], $0)]) }
        }
    }

    private static let build = FamilyReading(
        MetricCatalogue.build, numbers: [([architecture, String(protocolVersion), swiftVersion], 1)])

    #if arch(x86_64)
    private static let architecture = "x86_64"
    #elseif arch(arm64)
    private static let architecture = "arm64"
    #else
    private static let architecture = "other"
    #endif

    #if compiler(>=6.4)
    private static let swiftVersion = "6.4 or later"
    #else
    private static let swiftVersion = "6.3"
    #endif
}
