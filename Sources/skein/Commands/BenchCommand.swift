import ArgumentParser

/// `skein bench`: measurements on this machine.
struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measure this machine.",
        subcommands: [
            RooflineCommand.self, DecodeCommand.self, PrefillCommand.self, BatchCommand.self,
            BatchingCommand.self, SplitCommand.self, TokenizersCommand.self, ServingCommand.self,
            ServingFloorCommand.self, NoOperationWorkerCommand.self, HTTPFloorCommand.self,
        ])
}
