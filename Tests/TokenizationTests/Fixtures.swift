import Foundation
import TestSupport
import Testing
import Tokenization

/// What Hugging Face `tokenizers` made of texts and ids; `Fixtures/make_fixtures.py` writes these files.
enum Fixtures {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")

    /// The two tiny byte-pair encodings that were trained for these tests.
    static let names = ["byte-level", "byte-fallback"]

    /// A tiny tokenizer of each other kind; `Fixtures/make_kinds.py` writes them.
    static let kinds = [
        "wordpiece", "unigram", "unigram-bytes", "word-level", "word-suffix", "word-continuation",
    ]

    static func tokenizer(_ name: String) throws -> Tokenizer {
        try Tokenizer(
            tokenizerJSON: Data(contentsOf: folder.appending(path: "\(name).json")), configJSON: nil)
    }

    struct Cases: Decodable {
        struct Encode: Decodable {
            let text: String
            let ids: [Int32]
            let plain: [Int32]
            let skipped: String
            let whole: String
        }
        struct Decode: Decodable {
            let ids: [Int32]
            let skipped: String
            let whole: String
        }
        struct Stream: Decodable {
            let ids: [Int32]
            let texts: [String]
        }
        let encode: [Encode]
        let decode: [Decode]
        let stream: [Stream]
    }

    static func cases(_ name: String) throws -> Cases {
        /// Either the cases of a tokenizer or the note of what made them.
        enum Entry: Decodable {
            case cases(Cases)
            case note(String)

            init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                if let note = try? container.decode(String.self) {
                    self = .note(note)
                } else {
                    self = .cases(try container.decode(Cases.self))
                }
            }
        }
        let file = kinds.contains(name) ? "kinds.json" : "cases.json"
        let entries = try JSONDecoder().decode(
            [String: Entry].self, from: Data(contentsOf: folder.appending(path: file)))
        guard case .cases(let cases)? = entries[name] else { throw CocoaError(.coderValueNotFound) }
        return cases
    }

    /// One component of a tokenizer with what goes in and what comes out.
    struct ComponentCase: Sendable, CustomTestStringConvertible {
        /// The component's own JSON.
        let component: String
        let text: String
        let pieces: [String]
        let tokens: [String]
        let ids: [Int32]
        var testDescription: String { component }
    }

    static func components(_ kind: String) -> [ComponentCase] {
        let cases = ["components.json", "kind-components.json"].flatMap { name -> [[String: Any]] in
            guard let content = try? Data(contentsOf: folder.appending(path: name)),
                let file = try? JSONSerialization.jsonObject(with: content) as? [String: Any]
            else { return [] }
            return file[kind] as? [[String: Any]] ?? []
        }
        return cases.map { one in
            let component = one["component"] ?? NSNull()
            let json = try? JSONSerialization.data(withJSONObject: component, options: .fragmentsAllowed)
            return ComponentCase(
                component: String(decoding: json ?? Data(), as: UTF8.self),
                text: one["text"] as? String ?? "",
                pieces: one["pieces"] as? [String] ?? [], tokens: one["tokens"] as? [String] ?? [],
                ids: one["ids"] as? [Int32] ?? [])
        }
    }
}

extension Tokenizer {
    /// A tokenizer whose words are tokens as a whole: what it encodes to shows how it split the text.
    convenience init(
        tokens: [String], normalizer: String = "null", preTokenizer: String = "null",
        decoder: String = "null",
        model: String = "", addedTokens: String = "[]"
    ) throws {
        var seen: Set<[UInt8]> = []
        let unique = tokens.filter { seen.insert(Array($0.utf8)).inserted }
        let vocabulary = try unique.enumerated().map { "\(try jsonText($1)):\($0)" }.joined(separator: ",")
        let json = """
            {"added_tokens": \(addedTokens), "normalizer": \(normalizer), "pre_tokenizer": \(preTokenizer),
             "decoder": \(decoder), "post_processor": null,
             "model": {"type": "BPE", "ignore_merges": true, "merges": [], "vocab": {\(vocabulary)}\(model)}}
            """
        try self.init(tokenizerJSON: Data(json.utf8), configJSON: nil)
    }
}

/// A string as JSON writes it.
func jsonText(_ text: String) throws -> String {
    String(decoding: try JSONEncoder().encode(text), as: UTF8.self)
}

/// A string's bytes: Swift's own equality takes canonically equivalent strings for equal.
func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
