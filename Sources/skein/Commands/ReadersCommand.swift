import ArgumentParser
import Foundation

/// `skein readers`: the management API from the command line.
struct ReadersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "readers", abstract: "List, add and remove the readers of a running server.",
        subcommands: [List.self, Add.self, Remove.self], defaultSubcommand: List.self)

    /// Where the server's management API listens.
    struct Target: ParsableArguments {
        @Option(help: "Base URL of the management API.")
        var url = "http://127.0.0.1:3001"

        @Flag(help: "Print JSON.")
        var json = false
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List readers by consumer group.")
        @OptionGroup var target: Target

        func run() async throws {
            let client = try ManagementClient(url: target.url)
            let body = try await client.get("/reader_groups")
            if target.json {
                print(String(decoding: body, as: UTF8.self))
                return
            }
            let groups = try JSONDecoder().decode([String: [ListedReader]].self, from: body)
            if groups.values.allSatisfy(\.isEmpty) { print("no readers") }
            for (name, readers) in groups.sorted(by: { $0.key < $1.key }) {
                for reader in readers { print(reader.line(group: name)) }
            }
        }
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add a reader; loading goes on after the answer.")
        @OptionGroup var target: Target

        @Option(help: "Model directory or GGUF file; relative ones start where the server runs.")
        var model: String

        @Option(help: "Consumer group to serve.")
        var consumerGroup: String?

        @Option(help: "Ranks the model is split over.")
        var tensorParallel: Int?

        @Option(help: "Sequences in one step at most.")
        var maxBatchSize: Int?

        @Option(help: "Tokens of prompt and answer at most.")
        var maxSequenceLength: Int?

        func run() async throws {
            let reader = NewReader(
                model_name: model, device: "cpu", consumer_group: consumerGroup,
                tensor_parallel: tensorParallel,
                max_batch_size: maxBatchSize, max_sequence_length: maxSequenceLength)
            let client = try ManagementClient(url: target.url)
            let body = try await client.post("/reader", body: JSONEncoder().encode(reader))
            if target.json {
                print(String(decoding: body, as: UTF8.self))
            } else {
                print(try JSONDecoder().decode(AddedReader.self, from: body).reader_id)
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove a reader once its sequences are done or handed on.")
        @OptionGroup var target: Target

        @Argument(help: "The reader's id, as `skein readers list` prints it.")
        var readerID: String

        func run() async throws {
            guard let path = readerID.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed) else {
                throw CommandFailure("reader id \(readerID) cannot be part of a URL", exitCode: 1)
            }
            _ = try await ManagementClient(url: target.url).delete("/reader/\(path)")
        }
    }
}

// The names below are the HTTP API's.
// swift-format-ignore: AlwaysUseLowerCamelCase
private struct NewReader: Encodable {
    let model_name: String
    let device: String
    let consumer_group: String?
    let tensor_parallel: Int?
    let max_batch_size: Int?
    let max_sequence_length: Int?
}

// swift-format-ignore: AlwaysUseLowerCamelCase
private struct AddedReader: Decodable {
    let reader_id: String
}

// swift-format-ignore: AlwaysUseLowerCamelCase
private struct ListedReader: Decodable {
    let reader_id: String
    let model_name: String
    let pids: [Int32]
    let ready: Bool

    func line(group: String) -> String {
        let processes = pids.map(String.init).joined(separator: ",")
        return "\(group)\t\(reader_id)\t\(ready ? "ready" : "not ready")\tpids \(processes)\t\(model_name)"
    }
}
