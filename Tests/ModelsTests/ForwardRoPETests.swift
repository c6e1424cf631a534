import Models
import Tensors
import Testing

/// Rotary frequencies as transformers 5.23.0 computes them (`ROPE_INIT_FUNCTIONS`, float32), for a head of 16.
@Suite struct ForwardRoPETests {
    struct Scaling: CustomStringConvertible, Sendable {
        let description: String
        let json: String
        let maxSequenceLength: Int
        let expected: [Float]
    }

    static let scalings = [
        Scaling(
            description: "none", json: "null", maxSequenceLength: 2048,
            expected: [1, 0.31622776, 0.1, 0.031622775, 0.01, 0.0031622776, 0.001, 0.00031622776]),
        Scaling(
            description: "linear", json: #"{"rope_type": "linear", "factor": 4.0}"#, maxSequenceLength: 2048,
            expected: [
                0.25, 0.07905694097280502, 0.02500000037252903, 0.007905694656074047, 0.0024999999441206455,
                0.0007905694656074047, 0.0002500000118743628, 7.905694656074047e-05,
            ]),
        Scaling(
            description: "dynamic, at twice the trained length",
            json: #"{"rope_type": "dynamic", "factor": 2.0}"#, maxSequenceLength: 4096,
            expected: [
                1, 0.2702961266040802, 0.07305999845266342, 0.019747832790017128, 0.005337762646377087,
                0.0014427766436710954, 0.00038997692172415555, 0.00010540925723034889,
            ]),
        Scaling(
            description: "dynamic, at the trained length",
            json: #"{"rope_type": "dynamic", "factor": 2.0}"#, maxSequenceLength: 100,
            expected: [1, 0.31622776, 0.1, 0.031622775, 0.01, 0.0031622776, 0.001, 0.00031622776]),
        Scaling(
            description: "llama3",
            json: """
                {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
                 "original_max_position_embeddings": 256}
                """, maxSequenceLength: 2048,
            expected: [
                1, 0.3162277638912201, 0.10000000149011612, 0.006613106932491064, 0.0012499999720603228,
                0.00039528473280370235, 0.0001250000059371814, 3.9528473280370235e-05,
            ]),
    ]

    private func frequencies(_ scaling: Scaling) throws -> RoPEFrequencies {
        try frequencies(scaling.json, headDimension: 16, theta: 10_000, scaling.maxSequenceLength)
    }

    private func frequencies(
        _ scaling: String, headDimension: Int, theta: Double, _ maxSequenceLength: Int
    ) throws -> RoPEFrequencies {
        let json = """
            {"model_type": "llama", "hidden_size": 64, "num_attention_heads": 4, "num_hidden_layers": 1,
             "intermediate_size": 64, "vocab_size": 100, "max_position_embeddings": 2048,
             "rms_norm_eps": 1e-5, "rope_theta": \(theta), "hidden_act": "silu",
             "head_dim": \(headDimension), "rope_scaling": \(scaling)}
            """
        let configuration = try ModelConfiguration(
            parsing: Array(json.utf8), generation: nil, place: "config.json")
        return RoPEFrequencies(configuration, maxSequenceLength: maxSequenceLength)
    }

    /// Tolerance: torch's f32 power is within 1 ulp, and so is ours.
    @Test("frequencies are transformers' within a rounding", arguments: scalings)
    func frequenciesOfScaling(scaling: Scaling) throws {
        let found = try frequencies(scaling).inverseFrequencies
        #expect(found.count == scaling.expected.count)
        for (value, expected) in zip(found, scaling.expected) {
            #expect(abs(value - expected) <= 4 * expected.ulp)
        }
    }

    /// The frequencies that llama3 mixes from both sides, as transformers 5.23.0 with torch 2.13.0 has them.
    struct Ramp: CustomStringConvertible, Sendable {
        let headDimension: Int
        let theta: Double
        let factor: Double
        let first: Int
        let bits: [UInt32]

        var description: String { "head of \(headDimension), theta \(theta), factor \(factor)" }
    }

    static let ramps = [
        Ramp(
            headDimension: 64, theta: 10_000, factor: 8, first: 21,
            bits: [0x3ae4_7c6e, 0x3a6d_8ae2, 0x39ee_0430, 0x395f_fbd9]),
        Ramp(
            headDimension: 80, theta: 10_000, factor: 3, first: 26,
            bits: [0x3b0a_18c5, 0x3ab4_3e1d, 0x3a6c_f208, 0x3a1d_0b4a, 0x39d2_285b, 0x398e_1e19]),
        Ramp(
            headDimension: 128, theta: 500_000, factor: 10, first: 29,
            bits: [0x3b0d_258b, 0x3ab0_f93e, 0x3a5a_01a9, 0x3a02_ec8e, 0x3997_5e4e, 0x3924_6933]),
    ]

    @Test("llama3's ramp has transformers' bits", arguments: ramps)
    func ramp(ramp: Ramp) throws {
        let json = """
            {"rope_type": "llama3", "factor": \(ramp.factor), "low_freq_factor": 1.0, "high_freq_factor": 4.0,
             "original_max_position_embeddings": 8192}
            """
        let found = try frequencies(json, headDimension: ramp.headDimension, theta: ramp.theta, 131_072)
            .inverseFrequencies
        #expect(found.dropFirst(ramp.first).prefix(ramp.bits.count).map(\.bitPattern) == ramp.bits)
    }

    @Test("cosine and sine are those of the f32 angle")
    func angles() throws {
        let table = try FloatBuffer(rowCount: 2, columnCount: 8)
        try frequencies(ForwardRoPETests.scalings[0]).fill(
            position: 3, cosine: table.view.row(0), sine: table.view.row(1))
        // cos 3, sin 3; and of the f32 product 3 x 0.1 = 0.3 (rounded), by hand with a calculator.
        #expect(table.view[0, 0] == -0.9899925 && table.view[1, 0] == 0.14112)
        #expect(abs(table.view[0, 2] - 0.9553365) < 1e-7 && abs(table.view[1, 2] - 0.2955202) < 1e-7)
    }
}
