import ArgumentParser
import Controller
import Foundation
import Platform
import Topology
import WorkerMessages

/// `skein plan`: what `serve` would run, without running it.
struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Validate a topology file or model and print what would run.",
        discussion: "Exits 2 with the legal choices if it cannot work.")

    @Argument(help: "Topology file.")
    var file: String?

    @Option(help: "Model directory in Hugging Face layout, or a GGUF file.")
    var model: String?

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup(title: "Pack cache") var packCache: PackCacheFlags

    @OptionGroup(title: "Layout") var layout: LayoutFlags

    func run() async throws {
        let topology = try TopologySource(file: file, model: model).load(
            CommandLineOverrides(server: packCache.added(), layout: layout.overrides))
        let assembly = Assembly(
            topology: topology, logger: ConsoleLog.logger(level: .warning, format: .text))
        // A fleet that is started and never run has checked, reckoned and placed everything, and has no process.
        let fleet = try assembly.makeFleet()
        try await fleet.start()
        let snapshot = await fleet.snapshot()
        var plans: [PlannedReader] = []
        let bandwidth = try await BandwidthProbe.gigabytesPerSecond()
        for group in snapshot.groups {
            guard let summary = fleet.servedGroup(named: group.name)?.summary else { continue }
            for reader in group.readers {
                var plan = PlannedReader(reader, summary: summary, gigabytesPerSecond: bandwidth)
                plan.packCache = PlannedPackCache(
                    await fleet.packCacheEntry(of: reader.readerID),
                    isOff: topology.server.packCache.value == nil)
                plans.append(plan)
            }
        }
        let report = PlanReport(
            machine: try PlannedMachine(.current()), packByteCount: snapshot.packByteCount, readers: plans,
            settings: topology.settings.map(PlannedSetting.init), warnings: topology.warnings)
        print(json ? try report.json() : report.text)
    }
}
