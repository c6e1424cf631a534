import Foundation
import TestSupport
import Testing

/// A copy of tiny-llama with one fault, and what the refusal must name.
enum BadModel: String, CaseIterable, Sendable {
    case missingTensor, missingLayer, truncated, offsetsBeyondFile, offsetsReversed, overlap, wrongType
    case transposedShape, shapeBeyondBytes, shapeOverflow, headerLength, headerNotJSON
    case configurationDisagrees, configurationIncomplete, configurationNegative, unknownFamily
    case noWeights, noTokenizer, tokenizerNotJSON, configurationNotJSON

    private static let key = "model.layers.1.self_attn.k_proj.weight"
    private static let norm = "model.layers.0.input_layernorm.weight"

    /// Words and numbers that the sentence must hold.
    var words: [String] {
        switch self {
        case .missingTensor: [Self.key]
        case .missingLayer: ["model.layers.2."]
        case .truncated: ["model.norm.weight", "397152", "397296", "397295"]
        case .offsetsBeyondFile: ["model.norm.weight", "401392", "397296"]
        case .offsetsReversed: [Self.norm, "291888", "291744"]
        case .overlap: [Self.norm, "291740", "model.embed_tokens.weight", "291744"]
        case .wrongType: [Self.key, "I32"]
        case .transposedShape: [Self.key, "[36, 8]", "[8, 36]"]
        case .shapeBeyondBytes: [Self.key, "[9, 36]", "1296", "1152"]
        case .shapeOverflow: [Self.key, "4611686018427387904"]
        case .headerLength: ["model.safetensors", "9223372036854775807"]
        case .headerNotJSON: ["model.safetensors", "JSON"]
        case .configurationDisagrees: ["36", "40"]
        case .configurationIncomplete: ["config.json", "num_hidden_layers"]
        case .configurationNegative: ["config.json", "hidden_size", "-36"]
        case .unknownFamily: ["bert", "llama", "gpt2"]
        case .noWeights: ["model.safetensors"]
        case .noTokenizer, .tokenizerNotJSON: ["tokenizer.json"]
        case .configurationNotJSON: ["config.json"]
        }
    }

    /// Makes the copy.
    func make() throws -> ModelCopy {
        let copy = try ModelCopy(name: rawValue)
        switch self {
        case .missingTensor:
            try copy.editHeader { tensors in
                tensors["model.layers.1.self_attn.other.weight"] = tensors.removeValue(forKey: Self.key)
            }
        case .missingLayer: try copy.edit("config.json") { $0["num_hidden_layers"] = 3 }
        case .truncated: try copy.editWeights { $0.removeLast() }
        case .offsetsBeyondFile:
            try copy.editTensor("model.norm.weight") { $0["data_offsets"] = [401_248, 401_392] }
        case .offsetsReversed: try copy.editTensor(Self.norm) { $0["data_offsets"] = [291_888, 291_744] }
        case .overlap: try copy.editTensor(Self.norm) { $0["data_offsets"] = [291_740, 291_884] }
        case .wrongType: try copy.editTensor(Self.key) { $0["dtype"] = "I32" }
        case .transposedShape: try copy.editTensor(Self.key) { $0["shape"] = [36, 8] }
        case .shapeBeyondBytes: try copy.editTensor(Self.key) { $0["shape"] = [9, 36] }
        case .shapeOverflow: try copy.editTensor(Self.key) { $0["shape"] = [1 << 62, 4] }
        case .headerLength:
            try copy.editWeights { $0 = Data([255, 255, 255, 255, 255, 255, 255, 127]) + $0.dropFirst(8) }
        case .headerNotJSON: try copy.editWeights { $0[8] = UInt8(ascii: "x") }
        case .configurationDisagrees: try copy.edit("config.json") { $0["hidden_size"] = 40 }
        case .configurationIncomplete: try copy.edit("config.json") { $0["num_hidden_layers"] = nil }
        case .configurationNegative: try copy.edit("config.json") { $0["hidden_size"] = -36 }
        case .unknownFamily: try copy.edit("config.json") { $0["model_type"] = "bert" }
        case .noWeights: try copy.remove("model.safetensors")
        case .noTokenizer: try copy.remove("tokenizer.json")
        case .tokenizerNotJSON: try copy.write(Data("{".utf8), to: "tokenizer.json")
        case .configurationNotJSON: try copy.write(Data("{\"model_type\": ".utf8), to: "config.json")
        }
        return copy
    }
}

@Suite("Models that cannot be served", .serialized, .timeLimit(.minutes(5)))
struct BadModelTests {
    @Test("the unchanged copy is served, so that it is the fault that is refused")
    func unchanged() async throws {
        let copy = try ModelCopy()
        let arguments = ["--prompt", "one two", "--max-new-tokens", "5", "--ignore-eos"]
        let original = try await SkeinCommandLine.run(
            ["generate", "--model", Fixture.llama.directory] + arguments)
        let copied = try await SkeinCommandLine.run(["generate", "--model", copy.directory] + arguments)
        #expect(original.exitCode == 0, "\(original.standardError)")
        #expect(copied.exitCode == 0, "\(copied.standardError)")
        #expect(copied.standardOutput == original.standardOutput)
        #expect(!original.standardOutput.isEmpty)
    }

    @Test(
        "serve exits 2 with one sentence that names the tensor and the numbers", arguments: BadModel.allCases)
    func serve(model: BadModel) async throws {
        let copy = try model.make()
        let finished = try await SkeinCommandLine.run(["serve", "--port", "0", "--model", copy.directory])
        #expect(finished.exitCode == 2, "\(finished.standardError)")
        #expect(finished.standardOutput.isEmpty)
        let sentence = try #require(finished.sentence, "\(finished.standardError)")
        for word in model.words { #expect(sentence.contains(word), "\(sentence)") }
        #expect(sentence.contains(copy.directory), "\(sentence)")
        #expect(!finished.standardError.contains(" error "), "\(finished.standardError)")
    }

    @Test("plan refuses it in the same words")
    func plan() async throws {
        let copy = try BadModel.overlap.make()
        let finished = try await SkeinCommandLine.run(["plan", "--model", copy.directory])
        #expect(finished.exitCode == 2)
        let sentence = try #require(finished.sentence, "\(finished.standardError)")
        for word in BadModel.overlap.words { #expect(sentence.contains(word), "\(sentence)") }
    }

    @Test("POST /reader refuses it with 422 in the same words, and no reader is left")
    func post() async throws {
        let copies = try BadModel.allCases.map { ($0, try $0.make()) }
        let roots = copies.map(\.1.root.url.path).joined(separator: ", ")
        let yaml = """
            server: { model_roots: [\(roots)] }
            reader_groups: { good: { model_name: \(Fixture.llama.directory) } }
            """
        try await ServerProcess.use(topology: yaml) { server in
            for (model, copy) in copies {
                let answer = try await HTTPCalls.post(
                    server.management + "/reader",
                    ["model_name": copy.directory, "device": "cpu", "consumer_group": "other"])
                #expect(answer.status == 422, "\(model): \(answer.text)")
                let problem = try #require(try answer.json()["error"] as? [String: Any])
                let message = try #require(problem["message"] as? String)
                #expect(problem["code"] as? String == "invalid_model")
                for word in model.words { #expect(message.contains(word), "\(model): \(message)") }
            }
            #expect(try await server.readers().keys.sorted() == ["good"])
            #expect(server.workers().count == 1)
            let text = try await server.text(["text": "one two three", "max_new_tokens": 5])
            #expect(!text.isEmpty)
        }
    }

    @Test("POST /reader names the roots where the directory lies outside, and 422 where there is no model")
    func outsideRoots() async throws {
        let inside = try ModelCopy(name: "inside")
        let outside = try ModelCopy(name: "outside")
        let root = inside.root.url.path
        let yaml = """
            server: { model_roots: ["\(root)"] }
            reader_groups: { good: { model_name: \(Fixture.llama.directory) } }
            """
        try await ServerProcess.use(topology: yaml) { server in
            let reader = server.management + "/reader"
            for path in [outside.directory, "\(root)/../\(outside.root.url.lastPathComponent)/outside", "/"] {
                let answer = try await HTTPCalls.post(reader, ["model_name": path])
                #expect(answer.status == 400, "\(path): \(answer.text)")
                #expect(answer.text.contains(root), "\(answer.text)")
            }
            let link = inside.root.url.appending(path: "link").path
            try FileManager.default.createSymbolicLink(
                atPath: link, withDestinationPath: outside.directory)
            let linked = try await HTTPCalls.post(reader, ["model_name": link])
            #expect(linked.status == 400, "\(linked.text)")
            let nowhere = try await HTTPCalls.post(reader, ["model_name": "\(root)/nowhere"])
            #expect(nowhere.status == 422, "\(nowhere.text)")
            #expect(nowhere.text.contains("\(root)/nowhere"))
            // Beside a model already served is allowed without a root.
            let beside = try await HTTPCalls.post(
                reader, ["model_name": Fixture.gpt2.directory, "consumer_group": "beside"])
            #expect(beside.status == 201, "\(beside.text)")
        }
    }
}
