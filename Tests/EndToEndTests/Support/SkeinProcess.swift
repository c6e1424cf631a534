import Foundation
import Synchronization
import TestSupport

/// What a finished `skein` command left behind.
struct FinishedCommand: Sendable {
    let exitCode: Int32
    let standardOutput: String
    let standardError: String
}

/// Runs the built executable as a user would.
enum SkeinCommandLine {
    /// The executable beside the test bundle.
    static let executable: URL = {
        let bundle = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        let beside = bundle.appending(path: "skein")
        if FileManager.default.isExecutableFile(atPath: beside.path) { return beside }
        return SharedFolder.packageRoot.appending(path: ".build/release/skein")
    }()

    /// Runs `skein` with `arguments` and waits for its end.
    static func run(_ arguments: [String], environment: [String: String] = [:]) async throws
        -> FinishedCommand
    {
        let process = Process()
        process.executableURL = executable
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
        process.standardInput = FileHandle.nullDevice
        let output = Pipe()
        let errors = Pipe()
        process.standardOutput = output
        process.standardError = errors
        async let outputText = read(output)
        async let errorText = read(errors)
        let ended = AsyncStream<Int32> { continuation in
            process.terminationHandler = { finished in
                continuation.yield(finished.terminationStatus)
                continuation.finish()
            }
        }
        try process.run()
        var exitCode: Int32 = -1
        for await code in ended { exitCode = code }
        return FinishedCommand(
            exitCode: exitCode, standardOutput: await outputText, standardError: await errorText)
    }

    private static func read(_ pipe: Pipe) async -> String {
        let handle = pipe.fileHandleForReading
        return await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                let data = (try? handle.readToEnd()) ?? Data()
                continuation.resume(returning: String(decoding: data, as: UTF8.self))
            }
        }
    }
}

/// A running `skein serve` on free ports; ended, with SIGTERM and then SIGKILL, by `stop()`.
final class ServerProcess: Sendable {
    /// Why a server did not come up.
    struct NotReady: Error, CustomStringConvertible {
        let description: String
    }

    /// `http://127.0.0.1:PORT` of the inference API.
    let inference: String
    /// The same of the management API.
    let management: String
    /// The controller's process id.
    let processID: Int32
    private let process: Mutex<Process>
    private let ended: AsyncStream<Int32>
    private let log: Mutex<String>

    private init(
        inference: String, management: String, process: sending Process, ended: AsyncStream<Int32>
    ) {
        self.inference = inference
        self.management = management
        self.processID = process.processIdentifier
        self.process = Mutex(process)
        self.ended = ended
        log = Mutex("")
    }

    /// Starts `skein serve`, or another command that serves, with `arguments` and waits for its `ready` line. `logPath`
    /// takes the log.
    static func start(
        _ arguments: [String], command: [String] = ["serve"], environment: [String: String] = [:],
        logPath: String? = nil
    ) async throws -> ServerProcess {
        let process = Process()
        process.executableURL = SkeinCommandLine.executable
        process.arguments = command + ["--port", "0"] + arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
        process.standardInput = FileHandle.nullDevice
        let output = Pipe()
        process.standardOutput = output
        if let logPath {
            process.standardError = FileHandle(forWritingAtPath: logPath)
        } else if ProcessInfo.processInfo.environment["SKEIN_TEST_LOGS"] == nil {
            process.standardError = FileHandle.nullDevice
        }
        let ended = AsyncStream<Int32> { continuation in
            process.terminationHandler = { finished in
                continuation.yield(finished.terminationStatus)
                continuation.finish()
            }
        }
        try process.run()
        let line = await firstLine(of: output.fileHandleForReading)
        let words = line.split(separator: " ").map(String.init)
        // The floors of HTTP have no management.
        let port = words.first { $0.hasPrefix("management=") }?.dropFirst("management=".count) ?? "0"
        guard words.count >= 2, words[0] == "ready" else {
            process.terminate()
            throw NotReady(description: "instead of a ready line: \(line)")
        }
        return ServerProcess(
            inference: words[1], management: "http://127.0.0.1:\(port)", process: process, ended: ended)
    }

    private static func firstLine(of handle: FileHandle) async -> String {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                var bytes = Data()
                while !bytes.contains(UInt8(ascii: "\n")), let more = try? handle.read(upToCount: 1),
                    !more.isEmpty
                {
                    bytes.append(more)
                }
                continuation.resume(
                    returning: String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
                // The rest is drained, so that the server never waits for a reader.
                while let more = try? handle.read(upToCount: 4096), !more.isEmpty {}
            }
        }
    }

    /// Sends `signal` and waits for the end.
    @discardableResult
    func end(signal: Int32 = SIGTERM) async -> Int32 {
        kill(processID, signal)
        var exitCode: Int32 = -1
        for await code in ended { exitCode = code }
        return exitCode
    }

    /// Process ids whose parent is the controller.
    func workers() -> [Int32] { ProcessTable.children(of: processID) }
}

/// What /proc says about processes.
enum ProcessTable {
    /// Process ids whose parent is `parent`, zombies left out.
    static func children(of parent: Int32) -> [Int32] {
        all().filter { status(of: $0).map { $0.parent == parent && $0.state != "Z" } ?? false }
    }

    /// Whether a process exists and is no zombie.
    static func isAlive(_ processID: Int32) -> Bool {
        status(of: processID).map { $0.state != "Z" && $0.state != "X" } ?? false
    }

    private static func all() -> [Int32] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { Int32($0) }
    }

    private static func status(of processID: Int32) -> (state: String, parent: Int32)? {
        guard let text = try? String(contentsOfFile: "/proc/\(processID)/stat", encoding: .utf8),
            let close = text.lastIndex(of: ")")
        else { return nil }
        let fields = text[text.index(after: close)...].split(separator: " ")
        guard fields.count > 2, let parent = Int32(fields[1]) else { return nil }
        return (String(fields[0]), parent)
    }
}
