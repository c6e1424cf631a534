import Models
import Tensors
import Testing
import WorkerMessages

@Suite struct SamplerTests {
    /// Vectors of Random123's kat_vectors, philox4x32 with 10 rounds: counter, key, block.
    struct PhiloxVector: Sendable {
        let counter: SIMD4<UInt32>
        let key: SIMD2<UInt32>
        let block: SIMD4<UInt32>
    }

    static let philoxVectors = [
        PhiloxVector(
            counter: SIMD4(0, 0, 0, 0), key: SIMD2(0, 0),
            block: SIMD4(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8)),
        PhiloxVector(
            counter: SIMD4(repeating: .max), key: SIMD2(repeating: .max),
            block: SIMD4(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd)),
        PhiloxVector(
            counter: SIMD4(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344),
            key: SIMD2(0xa409_3822, 0x299f_31d0),
            block: SIMD4(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1)),
    ]

    @Test("Philox4x32-10 gives the published vectors", arguments: philoxVectors)
    func philox(vector: PhiloxVector) {
        #expect(Philox4x32.block(counter: vector.counter, key: vector.key) == vector.block)
    }

    @Test("a random number is 53 bits of a block, a function of seed, position and choice")
    func uniform() {
        // The first vector's words: 0x6627e8d5e169c58d >> 11 = 0xcc4fd1abc2d38, times 2^-53.
        let zero = SequenceRandom(seed: 0, choiceIndex: 0)
        #expect(zero.uniform(position: 0, purpose: .token) == Double(0xc_c4fd_1abc_2d38 as UInt64) * 0x1p-53)
        var seen: Set<Double> = []
        for seed in [0, 1, UInt64(1) << 32] {
            for choice in 0..<3 {
                for position in 0..<3 {
                    let random = SequenceRandom(seed: seed, choiceIndex: Int32(choice))
                    let number = random.uniform(position: position, purpose: .token)
                    #expect((0..<1).contains(number))
                    seen.insert(number)
                }
            }
        }
        #expect(seen.count == 27)
    }

    private func makeDraw(_ count: Int) throws -> TokenDraw {
        try TokenDraw(vocabularyCount: count, candidateCapacity: 256, kernels: try Kernels(.best))
    }

    private func parameters(_ change: (inout SamplingParameters) -> Void) -> SamplingParameters {
        var parameters = SamplingParameters()
        parameters.temperature = 1
        change(&parameters)
        return parameters
    }

    /// Logits with many ties, both zeros and bans.
    private func logits(_ count: Int, seed: UInt64) -> [Float] {
        var numbers = ForwardNumbers(seed: seed)
        return (0..<count).map { _ in
            let step = numbers.next(below: 24)
            return step == 0 ? -.infinity : step == 1 ? -0.0 : Float(step - 2) / 2
        }
    }

    @Test("the order is (logit descending, id ascending) beyond the kernel's 256, ties and bans included")
    func order() throws {
        let logits = logits(3000, seed: 3)
        let row = try SamplerRow(logits)
        let order = try RowOrder(capacity: 3000, kernels: try Kernels(.best))
        order.begin(wholeRow: row.buffer.view.readOnly, limit: 3000)
        order.find(2999)
        let expected = logits.indices.sorted { logits[$0] != logits[$1] ? logits[$0] > logits[$1] : $0 < $1 }
        #expect(order.ids.prefix(3000).map(Int.init) == expected)
    }

    @Test(
        "candidates and whole rows decide alike, with ties",
        arguments: [1, 2, 5, 100, 255, 256], [Float(1), 0.9, 0.4])
    func routes(topK: Int, topP: Float) throws {
        var draw = try makeDraw(1000)
        let slices = [0..<384, 384..<768, 768..<1000]
        for seed in 0..<8 {
            let row = try SamplerRow(logits(1000, seed: UInt64(seed)))
            let parameters = parameters {
                $0.topK = Int32(topK)
                $0.topP = topP
                $0.minP = seed % 2 == 0 ? 0 : 0.02
                $0.typicalP = seed % 3 == 0 ? 0.8 : 1
            }
            for number in [0, 0.2, 0.5, 0.77, 0.999] {
                row.candidates(topK, slices: slices, into: draw.order)
                let byCandidates = draw.fromCandidates(parameters, uniform: number)
                let byRow = draw.fromWholeRow(row.buffer.view.readOnly, parameters, uniform: number)
                #expect(byCandidates == byRow)
            }
        }
    }

    @Test("routes follow from the parameters alone")
    func route() {
        #expect(TokenRoute(SamplingParameters()) == .greedy)
        #expect(TokenRoute(parameters { $0.topK = 1 }) == .greedy)
        #expect(TokenRoute(parameters { $0.topK = 2 }) == .candidates(count: 2))
        #expect(TokenRoute(parameters { $0.topK = 256 }) == .candidates(count: 256))
        #expect(TokenRoute(parameters { $0.topK = 257 }) == .wholeRow)
        #expect(TokenRoute(parameters { $0.topP = 0.5 }) == .wholeRow)
    }

    @Test("a temperature so small that quotients overflow is greedy")
    func tinyTemperature() throws {
        var draw = try makeDraw(3)
        let parameters = parameters { $0.temperature = 1e-38 }
        #expect(TokenRoute(parameters) == .greedy)
        // Divided, all of a row would be infinite: banned, or all alike.
        for logits in [[-20, -10, -30], [10, 20, 15]] as [[Float]] {
            let row = try SamplerRow(logits)
            var sequence = SequenceState()
            sequence.tokenIDs = [0]
            sequence.promptTokenCount = 1
            sequence.parameters = parameters
            var processors = LogitProcessors(vocabularyIDs: 0..<3)
            processors.apply(to: row.buffer.view, sequence: sequence, position: 0)
            #expect(draw.fromWholeRow(row.buffer.view.readOnly, parameters, uniform: 0.5) == 1)
        }
    }

    @Test("a draw goes by segments, then ids: by hand")
    func bySegments() throws {
        // Equal weights in ids 0, 127, 128 and 299, everything else banned: quarters of [0, 1).
        var logits = [Float](repeating: -.infinity, count: 300)
        for id in [0, 127, 128, 299] { logits[id] = 2 }
        let row = try SamplerRow(logits)
        var draw = try makeDraw(300)
        let parameters = parameters { _ in }
        for (number, token) in [(0, 0), (0.24, 0), (0.25, 127), (0.5, 128), (0.75, 299), (0.9999, 299)] {
            #expect(
                draw.fromWholeRow(row.buffer.view.readOnly, parameters, uniform: number) == Int32(token))
        }
    }

    @Test("top-p keeps the shortest prefix that reaches p, top-k exactly k: by hand")
    func prefixes() throws {
        // exp(0) = 1 four times: shares of a quarter each.
        let row = try SamplerRow([0, 0, 0, 0])
        var draw = try makeDraw(4)
        let half = parameters { $0.topP = 0.5 }
        #expect(draw.fromWholeRow(row.buffer.view.readOnly, half, uniform: 0.9999) == 1)
        let more = parameters { $0.topP = 0.51 }
        #expect(draw.fromWholeRow(row.buffer.view.readOnly, more, uniform: 0.9999) == 2)
        let three = parameters { $0.topK = 3 }
        #expect(draw.fromWholeRow(row.buffer.view.readOnly, three, uniform: 0.9999) == 2)
    }

    @Test("a row with every id banned has no token, by every route")
    func allBanned() throws {
        let row = try SamplerRow([Float](repeating: -.infinity, count: 300))
        var draw = try makeDraw(300)
        for parameters in [
            parameters { _ in }, parameters { $0.topP = 0.5 }, parameters { $0.topK = 5 },
            parameters { $0.topK = 1 }, parameters { $0.topK = 290 },
        ] {
            #expect(draw.fromWholeRow(row.buffer.view.readOnly, parameters, uniform: 0.5) == nil)
        }
        row.candidates(5, slices: [0..<300], into: draw.order)
        #expect(draw.fromCandidates(parameters { $0.topK = 5 }, uniform: 0.5) == nil)
    }
}
