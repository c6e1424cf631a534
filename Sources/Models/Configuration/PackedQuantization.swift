/// How a checkpoint in Hugging Face layout was quantized by another program: config.json's `quantization_config`.
package struct PackedQuantization: Equatable, Sendable {
    /// Who packed it.
    package enum Method: String, Sendable, CaseIterable {
        case gptq, awq
    }

    /// Who packed it.
    package let method: Method
    /// Bits of a code: 4, or 8 (GPTQ alone).
    package let bitCount: Int
    /// Inputs of a group; nil: all of a row.
    package let groupCount: Int?
    /// Whether every zero is the middle code.
    package let isSymmetric: Bool
    /// Whether zeros are stored less 1, unless their values say otherwise.
    package let storesZerosLessOne: Bool
}

extension PackedQuantization {
    /// Reads `quantization_config`; what is not computed is refused.
    init(_ keys: ConfigurationKeys) throws(ModelError) {
        let name = try keys.text("quant_method")
        guard let name, let method = Method(rawValue: name.lowercased()) else {
            throw keys.refusal("quant_method", allowed: "gptq or awq", .unsupported)
        }
        self.method = method
        let bitsKey = keys["bits"] == nil && keys["w_bit"] != nil ? "w_bit" : "bits"
        bitCount = try keys.whole(bitsKey, in: 1...32, fallback: 4)
        guard bitCount == 4 || bitCount == 8 && method == .gptq else {
            throw keys.refusal(bitsKey, allowed: method == .gptq ? "4 or 8" : "4", .unsupported)
        }
        let sizeKey = keys["group_size"] == nil && keys["q_group_size"] != nil ? "q_group_size" : "group_size"
        let size = try keys.whole(sizeKey, in: -1...ConfigurationLimits.feedForwardCountMax, fallback: 128)
        guard size != 0 else { throw keys.refusal(sizeKey, allowed: "-1 or a whole number above 0") }
        groupCount = size < 0 ? nil : size
        switch method {
        case .gptq:
            isSymmetric = try keys.flag("sym", fallback: true)
            let format = try keys.text("checkpoint_format") ?? "gptq"
            guard format == "gptq" || format == "gptq_v2" else {
                throw keys.refusal("checkpoint_format", allowed: "gptq or gptq_v2", .unsupported)
            }
            try keys.require("is_marlin_format", false)
            storesZerosLessOne = format == "gptq"
        case .awq:
            isSymmetric = false
            guard try keys.text("version")?.lowercased() ?? "gemm" == "gemm" else {
                throw keys.refusal("version", allowed: "gemm", .unsupported)
            }
            try keys.require("zero_point", true)
            storesZerosLessOne = false
        }
    }
}
