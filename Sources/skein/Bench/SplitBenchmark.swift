import Controller
import Foundation
import Models
import Platform
import Serving
import Topology
import WorkerMessages

/// Runs every layout in turn, round by round, and collects what each gave.
struct SplitBenchmark: Sendable {
    /// What the report calls the model.
    let model: String
    /// Its directory.
    let directory: URL
    /// Layouts.
    let cells: [SplitCell]
    /// Sequences at once.
    let concurrencies: [Int]
    /// Threads of each rank.
    let threadCount: Int
    /// Rounds.
    let roundCount: Int
    /// Prompt tokens of each sequence.
    let promptTokenCount: Int
    /// New tokens of each sequence.
    let newTokenCount: Int
    /// Weight format.
    let quantType: QuantType
    /// CPUs this process may use.
    let usableProcessorCount: Int
    /// Where packs are kept.
    let server: ServerOverrides

    /// Measures everything; says on stderr what it is doing.
    func run() async throws -> SplitReport {
        var report = SplitReport(
            model: model, threadsPerRank: threadCount, promptTokens: promptTokenCount,
            newTokens: newTokenCount,
            usableProcessors: usableProcessorCount, weightByteCount: try weightByteCount())
        report.entries = cells.flatMap { cell in
            concurrencies.map { concurrency in
                SplitReport.Entry(
                    layout: cell.label, tensorParallel: cell.tensorParallel, replicas: cell.replicas,
                    transport: cell.transport.rawValue, concurrency: concurrency,
                    isCorrectnessRun: cell.processCount * threadCount > usableProcessorCount)
            }
        }
        for round in 1...roundCount {
            report.readBandwidth.add(try await BandwidthProbe.gigabytesPerSecond())
            report.readBandwidthOfAll.add(
                try await BandwidthProbe.gigabytesPerSecond(threadCount: usableProcessorCount))
            var oneWay: [Int: SplitMeasurement] = [:]
            for (index, cell) in cells.enumerated() {
                StandardError.write("round \(round) of \(roundCount): \(cell.label)\n")
                // Beside each cell, since the machine's bandwidth drifts within a round.
                let bandwidth = try await BandwidthProbe.gigabytesPerSecond(
                    threadCount: min(cell.processCount * threadCount, usableProcessorCount))
                let measurements = try await measure(cell)
                for (offset, measured) in measurements.enumerated() {
                    let concurrency = concurrencies[offset]
                    if cell.processCount == 1 { oneWay[concurrency] = measured }
                    let entry = index * concurrencies.count + offset
                    report.entries[entry].add(measured, oneWay: oneWay[concurrency])
                    let stepsPerSecond = measured.tokensPerSecond / Double(concurrency)
                    report.entries[entry].bandwidthFraction.add(
                        stepsPerSecond * Double(report.weightByteCount) / (bandwidth * 1e9))
                }
            }
        }
        return report
    }

    private func weightByteCount() throws -> Int {
        let inspection = ModelInspection(
            directory: directory, rankCount: 1, rowCountMax: 1, weightType: quantType.rawValue,
            keyValueType: "f32")
        return try Assembly.inspector.inspect(inspection).ranks.reduce(0) { $0 + $1.weightByteCountPerStep }
    }

    /// Starts a layout, warms it up, and measures every concurrency.
    private func measure(_ cell: SplitCell) async throws -> [SplitMeasurement] {
        var layout = LayoutOverrides()
        layout.tensorParallel = cell.tensorParallel
        layout.replicas = cell.replicas
        layout.transport = cell.transport == .shm ? .shm : .unix
        layout.threadsPerRank = threadCount
        layout.maxBatchSize = concurrencies.max() ?? 1
        layout.quantType = quantType
        // The same prompts come round after round.
        layout.prefixCache = .off
        let topology = try TopologySource(file: nil, model: directory.path).load(
            CommandLineOverrides(server: server, layout: layout))
        return try await FleetSession.run(topology, logLevel: .warning) { [self] fleet in
            let warmUp = GenerationLoad(promptTokenCount: promptTokenCount, newTokenCount: 4)
            _ = try await warmUp.run(fleet, concurrency: cell.replicas)
            var measurements: [SplitMeasurement] = []
            for concurrency in concurrencies {
                measurements.append(try await decode(fleet, concurrency: concurrency))
            }
            return measurements
        }
    }

    /// Decodes `concurrency` sequences together and measures from the moment when all have their first token to the
    /// moment when the first one ends.
    private func decode(_ fleet: Fleet, concurrency: Int) async throws -> SplitMeasurement {
        let before = SplitTimes(await fleet.snapshot().readers)
        let load = GenerationLoad(promptTokenCount: promptTokenCount, newTokenCount: newTokenCount)
        let speed = try await load.run(fleet, concurrency: concurrency)
        var measured = SplitMeasurement()
        guard let tokensPerSecond = speed.tokensPerSecond else {
            throw CommandFailure(
                "with \(concurrency) sequences of \(newTokenCount) new tokens there is no time when all decode; "
                    + "use more --new-tokens", exitCode: 2)
        }
        measured.tokensPerSecond = tokensPerSecond
        measured.promptTokensPerSecond = speed.promptTokensPerSecond
        measured.millisecondsPerToken = 1000 * Double(concurrency) / measured.tokensPerSecond
        let readers = await fleet.snapshot().readers
        measured.setShares(SplitTimes(readers).since(before))
        // A worker that ended since the snapshot has no memory.
        measured.processByteCounts = readers.flatMap(\.workers)
            .compactMap { try? ProcessMemory.proportional(pid: $0.pid).proportionalByteCount }
        return measured
    }
}

/// Where the readers' time went, in seconds since they started.
private struct SplitTimes {
    var computing = 0.0
    var waiting = 0.0
    var busy = 0.0
    var controlling = 0.0
    var serial = 0.0

    init(_ readers: [ReaderSnapshot]) {
        for reader in readers {
            computing += reader.workers.reduce(0) { $0 + $1.computeSeconds }
            waiting += reader.workers.reduce(0) { $0 + $1.waitSeconds }
            busy += reader.busySeconds
            controlling += reader.controllerSeconds
            serial += reader.serialSeconds
        }
    }

    func since(_ earlier: SplitTimes) -> SplitTimes {
        var difference = self
        difference.computing -= earlier.computing
        difference.waiting -= earlier.waiting
        difference.busy -= earlier.busy
        difference.controlling -= earlier.controlling
        difference.serial -= earlier.serial
        return difference
    }
}

extension SplitMeasurement {
    /// Turns times into shares.
    fileprivate mutating func setShares(_ times: SplitTimes) {
        collectiveShare = times.waiting / max(times.waiting + times.computing, .leastNormalMagnitude)
        controllerShare = times.controlling / max(times.busy, .leastNormalMagnitude)
        serialShare = (times.serial + times.controlling) / max(times.busy, .leastNormalMagnitude)
    }
}

extension SplitReport.Entry {
    /// Adds one round's measurement.
    mutating func add(_ measured: SplitMeasurement, oneWay: SplitMeasurement?) {
        promptTokensPerSecond.add(measured.promptTokensPerSecond)
        tokensPerSecond.add(measured.tokensPerSecond)
        millisecondsPerToken.add(measured.millisecondsPerToken)
        collectiveShare.add(measured.collectiveShare)
        controllerShare.add(measured.controllerShare)
        serialShare.add(measured.serialShare)
        for byteCount in measured.processByteCounts { processMebibytes.add(Double(byteCount) / 1_048_576) }
        guard let oneWay else { return }
        speedup.add(measured.tokensPerSecond / oneWay.tokensPerSecond)
        promptSpeedup.add(measured.promptTokensPerSecond / oneWay.promptTokensPerSecond)
    }
}
