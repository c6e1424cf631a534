import Foundation
import Serving
import TestSupport
import Testing
import WorkerMessages

/// What transformers' beam search found, and what it chose from; see Fixtures/make_beam_cases.py.
// swift-format-ignore: AlwaysUseLowerCamelCase
struct BeamReference: Decodable {
    struct Answer: Decodable, Sendable {
        let tokens: [Int32]
        let score: Float
    }

    struct Case: Decodable, CustomStringConvertible, Sendable {
        let model: String
        let beams: Int
        let answers: Int
        let length_penalty: Float
        let early_stopping: String
        let max_new_tokens: Int
        let ends: [Int32]
        let expected: [Answer]
        /// Per step and open hypothesis the best continuations as [id, log-probability].
        let steps: [[[[Float]]]]

        var description: String {
            "\(model), \(beams) beams, length penalty \(length_penalty), early stopping \(early_stopping)"
        }

        var search: BeamSearch {
            BeamSearch(
                BeamParameters(
                    width: beams, lengthPenalty: length_penalty,
                    earlyStopping: EarlyStopping(rawValue: early_stopping) ?? .heuristic, answerCount: answers
                ),
                endIDs: ends, newTokenCountMax: max_new_tokens)
        }
    }

    let cases: [Case]

    static let cases: [Case] = {
        let file = SharedFolder.packageRoot.appending(path: "Tests/ServingTests/Fixtures/beams.json")
        guard let data = try? Data(contentsOf: file),
            let reference = try? JSONDecoder().decode(BeamReference.self, from: data)
        else { return [] }
        return reference.cases
    }()
}

@Suite("Beam search")
struct BeamSearchTests {
    @Test("the fixture is there")
    func fixture() {
        #expect(BeamReference.cases.count == 15)
    }

    @Test("finds transformers' hypotheses and scores in as many steps", arguments: BeamReference.cases)
    func reference(example: BeamReference.Case) throws {
        var search = example.search
        for (number, step) in example.steps.enumerated() {
            try #require(!search.isOver, "over before step \(number)")
            try #require(step.count == search.open.count, "step \(number)")
            search.advance(
                step.map { row in
                    row.map { StepResult.Candidate(tokenID: Int32($0[0]), logProbability: $0[1]) }[...]
                })
        }
        #expect(search.isOver)
        let found = search.finished.prefix(example.answers)
        #expect(found.map { $0.tokens.map(\.id) } == example.expected.map(\.tokens))
        for (answer, expected) in zip(found, example.expected) {
            #expect(abs(answer.score - expected.score) <= 1e-6 * abs(expected.score), "\(answer.score)")
            #expect(answer.endsByID == (answer.tokens.last.map { example.ends.contains($0.id) } ?? false))
        }
    }

    private static func search(
        width: Int = 2, ends: [Int32] = [9], maxNewTokens: Int = 4, lengthPenalty: Float = 1,
        earlyStopping: EarlyStopping = .heuristic
    ) -> BeamSearch {
        BeamSearch(
            BeamParameters(
                width: width, lengthPenalty: lengthPenalty, earlyStopping: earlyStopping, answerCount: 1),
            endIDs: ends, newTokenCountMax: maxNewTokens)
    }

    private static func list(_ pairs: (Int32, Float)...) -> ArraySlice<StepResult.Candidate> {
        pairs.map { StepResult.Candidate(tokenID: $0.0, logProbability: $0.1) }[...]
    }

    @Test("equal sums go by parent, then by id")
    func ties() {
        var search = Self.search(ends: [])
        search.advance([Self.list((3, -1), (5, -1), (7, -1), (8, -2))])
        #expect(search.open.map { $0.tokens.map(\.id) } == [[3], [5]])
        search.advance([
            Self.list((6, -1), (7, -1), (1, -3), (2, -3)), Self.list((0, -1), (1, -1), (2, -3), (3, -3)),
        ])
        #expect(search.open.map { $0.tokens.map(\.id) } == [[3, 6], [3, 7]])
        #expect(search.open.map(\.parent) == [0, 0])
    }

    @Test("an end below the best `width` continuations is no answer")
    func lateEnd() {
        var search = Self.search()
        search.advance([Self.list((1, -1), (2, -2), (9, -3), (3, -4))])
        #expect(search.finished.isEmpty && search.open.count == 2)
        search.advance([
            Self.list((9, -1), (1, -2), (2, -2), (3, -4)), Self.list((9, -9), (1, -9), (2, -9), (3, -9)),
        ])
        #expect(search.finished.map { $0.tokens.map(\.id) } == [[1, 9]])
        #expect(search.finished.map(\.score) == [-1])
        #expect(search.open.map { $0.tokens.map(\.id) } == [[1, 1], [1, 2]])
    }

    @Test(
        "ids that end texts make room for as many as the beam is wide",
        arguments: [(0, 6), (1, 6), (2, 9), (4, 15)])
    func room(endCount: Int, count: Int) {
        let search = Self.search(width: 3, ends: (0..<Int32(endCount)).map { $0 })
        #expect(search.continuationCount == count)
    }

    @Test("where nearly everything is banned, the beam goes on with what there is")
    func banned() {
        var search = Self.search(width: 3, ends: [], maxNewTokens: 2)
        search.advance([Self.list((4, -1))])
        #expect(search.open.count == 1)
        search.advance([Self.list((4, -1), (6, -2))])
        #expect(search.isOver)
        #expect(search.finished.map { $0.tokens.map(\.id) } == [[4, 4], [4, 6]])
        #expect(search.finished.allSatisfy { !$0.endsByID })
    }

    @Test("early stopping ends with the last of `width` answers", arguments: EarlyStopping.allCases)
    func earlyStopping(rule: EarlyStopping) {
        var search = Self.search(maxNewTokens: 9, lengthPenalty: 2, earlyStopping: rule)
        search.advance([Self.list((9, -1), (1, -1.1), (2, -1.2), (3, -4))])
        search.advance([
            Self.list((9, -3), (1, -3.1), (2, -4), (3, -5)), Self.list((9, -9), (1, -9), (2, -9), (3, -9)),
        ])
        // Finished: -1 and -4.1 / 4; the best open one has -4.2, over 4 now and over 81 at most.
        #expect(search.finished.map(\.score) == [-1, -1.025])
        switch rule {
        case .always, .heuristic: #expect(search.isOver)
        case .never: #expect(!search.isOver)
        }
    }
}

@Suite("Ranking of choices")
struct ChoiceRankingTests {
    @Test("goes by the mean log-probability, ties by index, empty answers last")
    func order() {
        let sums = [-4.0, -3, -1, 0, -6]
        let counts = [4, 2, 1, 0, 6]
        #expect(ChoiceRanking.best(5, sums: sums, tokenCounts: counts) == [0, 2, 4, 1, 3])
        #expect(ChoiceRanking.best(2, sums: sums, tokenCounts: counts) == [0, 2])
    }
}
