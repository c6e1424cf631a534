import Foundation
import Topology

/// Where a command's topology comes from: a file, one model directory, or the environment.
struct TopologySource {
    /// `--topology` or plan's argument.
    let file: String?
    /// `--model`.
    let model: String?

    /// Reads and validates it.
    func load(_ overrides: CommandLineOverrides) throws -> Topology {
        let environment = ProcessInfo.processInfo.environment
        let workingDirectory = URL(
            filePath: FileManager.default.currentDirectoryPath, directoryHint: .isDirectory)
        switch (file, model) {
        case (.some, .some):
            throw CommandFailure("a topology file and --model exclude each other", exitCode: 64)
        case (let file?, nil):
            return try TopologyFile.load(
                path: file, workingDirectory: workingDirectory, environment: environment, overrides: overrides
            )
        case (nil, let model):
            let named = model ?? environment["SKEIN_MODEL_NAME"] ?? environment["TAKEOFF_MODEL_NAME"]
            guard named != nil else {
                throw CommandFailure(
                    "no model to serve: name a directory in Hugging Face layout or a GGUF file with --model DIR, or "
                        + "a file with --topology FILE", exitCode: 2)
            }
            return try TopologyFile.single(
                model: model, workingDirectory: workingDirectory, environment: environment,
                overrides: overrides)
        }
    }
}
