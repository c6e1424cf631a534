import ArgumentParser
import Foundation
import Platform

/// `skein bench serving`: a load on a running server, this one or another.
struct ServingCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serving", abstract: "Load a running server with requests and time its answers.",
        discussion: """
            Closed loop: --connections requests are on their way at any time. Open loop: requests are sent at --rate, \
            or as a --trace recorded them, and their time runs from the moment they were due, so that a slow server \
            cannot slow the load down. Failures are counted by kind and have no times.
            """)

    /// Connections at most.
    static let connectionCountMax = 8192

    @Option(help: "The server, such as http://127.0.0.1:3000; with --api post the whole URL.")
    var url: String

    @Option(help: "In whose words: generate, generate-stream (Takeoff's routes) or post (--template).")
    var api = ServingAPI.generate

    @Option(help: "Body in JSON; {{prompt}} becomes a JSON string, {{new_tokens}} an integer.")
    var template: String?

    @Option(
        help:
            "requested, events (of a stream), none, or an integer's path in the answer: usage.completion_tokens."
    )
    var countTokens: TokenCounting?

    @OptionGroup(title: "Load") var load: LoadFlags

    @OptionGroup(title: "Prompts") var prompts: PromptFlags

    @Option(
        name: .customLong("pid"), help: "A process of the server; its children count, too. May be repeated.")
    var pids: [Int32] = []

    @Flag(help: "Look at the memory of the --pid processes twice a second, not only at both ends.")
    var sampleMemory = false

    @Option(help: "Seconds that a request may take.")
    var timeout: Int64 = 300

    @Option(help: "Write the measurements as JSON to this file.")
    var json: String?

    mutating func validate() throws {
        guard let parsed = URL(string: url), parsed.scheme == "http" || parsed.scheme == "https",
            parsed.host() != nil
        else { throw ValidationError("--url \(url) is not an http URL such as http://127.0.0.1:3000") }
        guard template != nil || api.template != nil else {
            throw ValidationError("--api post needs --template, the body of a request")
        }
        guard timeout >= 1 else { throw ValidationError("--timeout is \(timeout); at least 1 is needed") }
        guard !sampleMemory || !pids.isEmpty else { throw ValidationError("--sample-memory needs --pid") }
    }

    func run() async throws {
        let base = url.hasSuffix("/") ? String(url.dropLast()) : url
        let target = LoadTarget(
            url: base + api.path, counting: countTokens ?? api.counting, timeoutSeconds: timeout)
        let trace = try load.requestTrace()
        let calls = LoadCalls(
            try prompts.contents(trace: trace), template: try BodyTemplate(template ?? api.template ?? ""))
        let meter = LoadMeter(server: pids.isEmpty ? nil : ProcessTree(roots: pids))
        let flags = load
        let samplesMemory = sampleMemory
        try await LoadClient.with(target, connectionCountMax: flags.connectionCount) { client in
            let run = LoadRun(client: client, calls: calls, meter: meter, samplesMemory: samplesMemory)
            if let schedule = flags.schedule(trace) {
                try await run.openLoop(schedule, warmUpSeconds: flags.warmUp)
            } else {
                try await run.closedLoop(
                    connectionCount: flags.connectionCount, warmUpSeconds: flags.warmUp, length: flags.length)
            }
        }
        let report = LoadReport(url: target.url, load: flags.description, meter.reading)
        print(report.table)
        try BenchFiles.write(report, json: json)
        guard report.answers > 0 else {
            throw CommandFailure("no request was answered", exitCode: 1)
        }
    }
}
