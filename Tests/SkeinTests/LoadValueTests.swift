import ArgumentParser
import Foundation
import NIOCore
import TestSupport
import Testing

@testable import skein

/// What a load is made of.
@Suite("Loads")
struct LoadValueTests {
    @Test("a template's prompt is a JSON string, its count an integer, wherever they stand")
    func template() throws {
        let template = try BodyTemplate(#"{"n": {{new_tokens}}, "p": [{{prompt}}, {{prompt}}]}"#)
        let body = template.body(prompt: "a \"b\"\n\\", newTokenCount: 7)
        let value = try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any]
        #expect(value?["n"] as? Int == 7)
        #expect(value?["p"] as? [String] == ["a \"b\"\n\\", "a \"b\"\n\\"])
    }

    @Test("a template that is no JSON is refused", arguments: ["{", #"{"p": "{{prompt}}"}"#, "{{promt}}"])
    func badTemplate(text: String) {
        #expect(throws: ValidationError.self) { try BodyTemplate(text) }
    }

    @Test("ways to count tokens are read by name or path")
    func counting() {
        #expect(TokenCounting(argument: "events") == .events)
        #expect(TokenCounting(argument: "requested") == .requested)
        #expect(TokenCounting(argument: "usage.completion_tokens") == .field(["usage", "completion_tokens"]))
        #expect(TokenCounting(argument: "tokens_predicted") == .field(["tokens_predicted"]))
        #expect(TokenCounting(argument: "event") == nil)
        #expect(TokenCounting(argument: "usage..tokens") == nil)
        let json = Data(#"{"usage": {"completion_tokens": 12, "name": "x"}}"#.utf8)
        #expect(TokenCounting.number(at: ["usage", "completion_tokens"], in: json) == 12)
        #expect(TokenCounting.number(at: ["usage", "name"], in: json) == nil)
        #expect(TokenCounting.number(at: ["usage"], in: Data("text".utf8)) == nil)
    }

    @Test("calls begin again when all are used")
    func calls() throws {
        let template = try BodyTemplate("[{{prompt}}]")
        let calls = LoadCalls([("a", 1), ("b", 2)], template: template)
        let bodies = (0..<4).map { String(buffer: calls[$0].body) }
        #expect(bodies == [#"["a"]"#, #"["b"]"#, #"["a"]"#, #"["b"]"#])
        #expect(calls[3].newTokenCount == 2)
    }

    @Test("percentiles are those of the recorded durations, to three digits")
    func percentiles() throws {
        var histogram = LatencyHistogram()
        #expect(histogram.summary == nil)
        for value in 1...1000 { histogram.record(.milliseconds(value)) }
        let summary = try #require(histogram.summary)
        #expect(summary.count == 1000)
        for (found, expected) in [
            (summary.p50, 500.0), (summary.p90, 900), (summary.p99, 990), (summary.p999, 999),
            (summary.maximum, 1000), (summary.mean, 500.5),
        ] {
            #expect(abs(found - expected) <= expected / 1000)
        }
        // Beyond both ends a duration counts as the end.
        histogram.record(.zero)
        histogram.record(.seconds(7200))
        let longest = try #require(histogram.summary).maximum
        #expect(abs(longest - 3_600_000) <= 3600)
    }

    @Test("failures are counted by kind, have no times, and their kinds are bounded")
    func failures() {
        var tally = LoadTally()
        for index in 0..<2 * LoadTally.failureKindCountMax {
            var outcome = LoadOutcome()
            outcome.failure = "kind \(index)"
            tally.add(outcome, due: .now)
        }
        #expect(tally.answerCount == 0)
        #expect(tally.latency.summary == nil)
        #expect(tally.failures["kind 0"] == 1)
        #expect(tally.failures["other"] == LoadTally.failureKindCountMax)
    }

    @Test("a process's name may hold anything")
    func processFields() throws {
        let line = "17 (a) b) (c) S 4 1 1 0 -1 0 10 0 0 0 11 22 33 44 20 0 1 0 99"
        let fields = try #require(ProcessTree.fields(line))
        #expect(fields.parent == 4)
        #expect(fields.ticks == 110)
        #expect(ProcessTree.fields("17 (a) S 4 1") == nil)
    }
}
