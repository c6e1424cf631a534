import Foundation
import Models
import Tensors
import Testing
import WorkerMessages

/// Rows, parameters and what transformers makes of them; see Fixtures/make_sampler_cases.py.
struct SamplerReference: Decodable {
    struct Case: Decodable, CustomStringConvertible, Sendable {
        let temperature: Float
        let top_k: Int32
        let top_p: Float
        let min_p: Float
        let typical_p: Float
        let repetition_penalty: Float
        let presence_penalty: Float
        let frequency_penalty: Float
        let no_repeat_ngram_size: Int32
        let min_new_tokens: Int32
        let bans: [Int32]
        let bad_words: [[Int32]]
        let biases: [[Float]]
        let eos: [Int32]
        let logits: [Float]
        let ids: [Int32]
        let prompt_count: Int
        let processed: [Float?]
        let survivors: [Int32]
        let numbers: [Double]
        let tokens: [Int32?]

        var description: String { "\(sequence.parameters)" }

        /// The case as a worker's sequence.
        var sequence: SequenceState {
            var sequence = SequenceState()
            sequence.tokenIDs = ids
            sequence.promptTokenCount = prompt_count
            sequence.endOfTextIDs = eos
            sequence.bannedTokenIDs = bans
            for word in bad_words {
                sequence.bannedSequenceIDs += word
                sequence.bannedSequenceEnds.append(sequence.bannedSequenceIDs.count)
            }
            sequence.biases = biases.map { StepFrame.Bias(tokenID: Int32($0[0]), value: $0[1]) }
            sequence.parameters.temperature = temperature
            sequence.parameters.topK = top_k
            sequence.parameters.topP = top_p
            sequence.parameters.minP = min_p
            sequence.parameters.typicalP = typical_p
            sequence.parameters.repetitionPenalty = repetition_penalty
            sequence.parameters.presencePenalty = presence_penalty
            sequence.parameters.frequencyPenalty = frequency_penalty
            sequence.parameters.noRepeatNGramSize = no_repeat_ngram_size
            sequence.parameters.minNewTokenCount = min_new_tokens
            return sequence
        }
    }

    let cases: [Case]

    /// The cases of the fixture; none if it cannot be read, which a test would notice.
    static let cases: [Case] = {
        let file = ForwardReference.fixtures.appending(path: "sampler.json")
        guard let data = try? Data(contentsOf: file),
            let reference = try? JSONDecoder().decode(SamplerReference.self, from: data)
        else { return [] }
        return reference.cases
    }()
}

/// A row of logits in memory of its own.
struct SamplerRow {
    let buffer: FloatBuffer

    init(_ logits: [Float]) throws {
        buffer = try FloatBuffer(rowCount: 1, columnCount: logits.count)
        for (column, logit) in logits.enumerated() { buffer.view[0, column] = logit }
    }

    var values: [Float] { (0..<buffer.columnCount).map { buffer.view[0, $0] } }

    /// Decides a token by merged candidates, as rank 0 does: the best `count` ids of each slice, merged.
    func candidates(_ count: Int, slices: [Range<Int>], into order: RowOrder) {
        let values = values
        let best = slices.flatMap { slice in
            slice.sorted { values[$0] != values[$1] ? values[$0] > values[$1] : $0 < $1 }.prefix(count)
        }
        let merged = best.sorted { values[$0] != values[$1] ? values[$0] > values[$1] : $0 < $1 }
        order.beginCandidates()
        for id in merged.prefix(count) { order.appendCandidate(id: Int32(id), logit: values[id]) }
        order.endCandidates()
    }
}

@Suite struct SamplerReferenceTests {
    /// Slices of 300 ids over three ranks, in segments.
    private static let slices = [0..<128, 128..<256, 256..<300]

    private func processed(_ example: SamplerReference.Case, slices: [Range<Int>]) throws -> SamplerRow {
        let row = try SamplerRow(example.logits)
        let sequence = example.sequence
        for slice in slices {
            var processors = LogitProcessors(vocabularyIDs: slice)
            processors.apply(
                to: row.buffer.view.columns(slice), sequence: sequence, position: example.ids.count - 1)
        }
        return row
    }

    @Test("the fixture is there")
    func fixture() {
        #expect(SamplerReference.cases.count == 20)
    }

    @Test(
        "processors give transformers' bits, on whole rows and on slices", arguments: SamplerReference.cases)
    func processors(example: SamplerReference.Case) throws {
        let expected = example.processed.map { $0 ?? -.infinity }
        #expect(try processed(example, slices: [0..<300]).values == expected)
        #expect(try processed(example, slices: SamplerReferenceTests.slices).values == expected)
    }

    @Test("draws are the reference's, from whole rows and from candidates", arguments: SamplerReference.cases)
    func draws(example: SamplerReference.Case) throws {
        let row = try processed(example, slices: SamplerReferenceTests.slices)
        let parameters = example.sequence.parameters
        var draw = try TokenDraw(
            vocabularyCount: 300, candidateCapacity: TokenRoute.candidateCountMax, kernels: try Kernels(.best)
        )
        for (number, expected) in zip(example.numbers, example.tokens) {
            let token = draw.fromWholeRow(row.buffer.view.readOnly, parameters, uniform: number)
            if let expected { #expect(token == expected, "u = \(number)") }
            guard case .candidates(let count) = TokenRoute(parameters) else { continue }
            row.candidates(count, slices: SamplerReferenceTests.slices, into: draw.order)
            #expect(draw.fromCandidates(parameters, uniform: number) == token, "u = \(number)")
        }
    }

    @Test("only transformers' survivors are drawn, and all of them", arguments: SamplerReference.cases)
    func survivors(example: SamplerReference.Case) throws {
        let row = try processed(example, slices: [0..<300])
        var draw = try TokenDraw(
            vocabularyCount: 300, candidateCapacity: TokenRoute.candidateCountMax, kernels: try Kernels(.best)
        )
        let random = SequenceRandom(seed: 5, choiceIndex: 0)
        var drawn: Set<Int32> = []
        for position in 0..<2000 {
            let number = random.uniform(position: position, purpose: .token)
            guard
                let token = draw.fromWholeRow(
                    row.buffer.view.readOnly, example.sequence.parameters, uniform: number)
            else { continue }
            drawn.insert(token)
        }
        #expect(drawn.isSubset(of: example.survivors))
        if example.survivors.count <= 10 { #expect(drawn.count == example.survivors.count) }
    }
}
