import ArgumentParser

/// `skein bench`: measurements on this machine.
struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measure this machine.",
        subcommands: [SplitCommand.self, TokenizersCommand.self])
}
