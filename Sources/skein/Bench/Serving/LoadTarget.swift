import ArgumentParser
import Foundation

/// The API in whose words a load is put.
enum ServingAPI: String, CaseIterable, ExpressibleByArgument {
    /// Takeoff's `/generate`.
    case generate
    /// Takeoff's `/generate_stream`.
    case generateStream = "generate-stream"
    /// Any URL that takes a JSON body; `--template` says which.
    case post

    /// Added to `--url`.
    var path: String {
        switch self {
        case .generate: "/generate"
        case .generateStream: "/generate_stream"
        case .post: ""
        }
    }

    /// The body where no `--template` is given.
    var template: String? {
        switch self {
        case .generate, .generateStream:
            #"{"text": {{prompt}}, "max_new_tokens": {{new_tokens}}, "ignore_eos": true, "return_metadata": true}"#
        case .post: nil
        }
    }

    /// How tokens are counted where no `--count-tokens` is given.
    var counting: TokenCounting {
        self == .post ? .none : .field(["metadata", "generated_tokens"])
    }
}

/// Which server is asked, and how its answers are read.
struct LoadTarget: Sendable {
    /// Where requests are posted.
    let url: String
    /// How tokens are counted.
    let counting: TokenCounting
    /// Seconds that one request may take.
    let timeoutSeconds: Int64
}

/// A JSON body with places for a prompt and a number of new tokens.
struct BodyTemplate: Sendable {
    private enum Part: Sendable {
        case text(String)
        case prompt
        case newTokenCount
    }

    private static let placeholders: [(String, Part)] = [
        ("{{prompt}}", .prompt), ("{{new_tokens}}", .newTokenCount),
    ]
    private let parts: [Part]

    /// Reads a template: `{{prompt}}` becomes a JSON string, `{{new_tokens}}` an integer.
    init(_ text: String) throws {
        var parts: [Part] = []
        var rest = Substring(text)
        while !rest.isEmpty {
            let next = Self.placeholders
                .compactMap { name, part in rest.range(of: name).map { (range: $0, part: part) } }
                .min { $0.range.lowerBound < $1.range.lowerBound }
            guard let next else { break }
            parts += [.text(String(rest[..<next.range.lowerBound])), next.part]
            rest = rest[next.range.upperBound...]
        }
        self.parts = parts + [.text(String(rest))]
        let sample = body(prompt: "\"", newTokenCount: 1)
        do {
            _ = try JSONSerialization.jsonObject(with: Data(sample.utf8))
        } catch {
            throw ValidationError(
                "--template \(text.prefix(200)) is no JSON once {{prompt}} and {{new_tokens}} are filled in")
        }
    }

    /// The body of one request.
    func body(prompt: String, newTokenCount: Int) -> String {
        parts.map { part in
            switch part {
            case .text(let text): text
            case .prompt: Self.quoted(prompt)
            case .newTokenCount: String(newTokenCount)
            }
        }
        .joined()
    }

    private static func quoted(_ text: String) -> String {
        guard let json = try? JSONEncoder().encode(text) else {
            preconditionFailure("a string cannot be written as JSON")
        }
        return String(decoding: json, as: UTF8.self)
    }
}
