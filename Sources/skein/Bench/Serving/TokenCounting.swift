import ArgumentParser
import Foundation

/// How the new tokens of an answer are counted.
enum TokenCounting: Equatable, Sendable {
    /// Not at all.
    case none
    /// The server is believed to give as many as it was asked for.
    case requested
    /// Each event of a stream is one.
    case events
    /// An integer in the body, or in the last event that is JSON and has it; a path of keys.
    case field([String])

    /// The last event of some APIs' streams, which is no token and no JSON.
    static let endMark = Array("[DONE]".utf8)

    /// The integer at `path` in this JSON, or nil.
    static func number(at path: [String], in json: Data) -> Int? {
        // What is not JSON has no number; the caller says so.
        var value = try? JSONSerialization.jsonObject(with: json)
        for key in path { value = (value as? [String: Any])?[key] }
        return (value as? NSNumber)?.intValue
    }
}

extension TokenCounting: ExpressibleByArgument {
    init?(argument: String) {
        switch argument {
        case "none": self = .none
        case "requested": self = .requested
        case "events": self = .events
        default:
            let path = argument.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
            guard path.allSatisfy({ !$0.isEmpty }), path.count > 1 || argument.contains("_") else {
                return nil
            }
            self = .field(path)
        }
    }
}
