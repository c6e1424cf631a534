import ArgumentParser

/// `skein bench serving-floor`: `skein serve` with workers that compute nothing.
struct ServingFloorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serving-floor", abstract: "Serve with workers that compute nothing.",
        discussion: """
            All else is as in `skein serve`, whose flags it takes: HTTP, the model's tokenizer, queue, scheduler, \
            frames and worker processes. The workers answer every step at once with the same token, so that what a \
            load measures is what serving itself costs. --model names the tokenizer and the sizes; no weight is read.
            """)

    @OptionGroup var serve: ServeCommand

    @Option(help: "The token of all answers.")
    var token: Int32 = 65

    mutating func validate() throws {
        guard token >= 0 else { throw ValidationError("--token is \(token); a token id is 0 or more") }
    }

    func run() async throws {
        try await serve.run(workers: ["bench", "no-operation-worker", "--token", "\(token)"])
    }
}
