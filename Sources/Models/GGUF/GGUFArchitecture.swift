import Tensors

/// The architectures of GGUF files that this build computes, by their `general.architecture`.
enum GGUFArchitecture: String, CaseIterable {
    case llama, qwen2, qwen2moe, qwen3, qwen3moe, phi3, smollm3, gemma, gemma2, gemma3, stablelm, gptneox,
        falcon, mpt,
        bloom, gpt2

    /// Whether the rows of each query and key head are stored in pairs (0, half, 1, half + 1, ...), for llama.cpp
    /// rotates neighbours there.
    var interleavesHeads: Bool { self == .llama || self == .smollm3 }

    init(_ file: GGUFFile) throws(ModelError) {
        let key = "general.architecture"
        guard case .string(let name)? = file[key] else {
            throw ModelError(.invalidModel, "\(file.file.path) has no \(key), a text is needed")
        }
        guard let architecture = GGUFArchitecture(rawValue: name) else {
            let allowed = GGUFArchitecture.allCases.map(\.rawValue).joined(separator: ", ")
            throw ModelError(
                .unsupported, "\(file.file.path): \(key) is \"\(name.prefix(80))\", allowed are \(allowed)")
        }
        self = architecture
    }
}

/// A GGUF file's metadata, read with the types that a configuration needs; every refusal names file, key and value.
struct GGUFKeys {
    let file: GGUFFile
    let architecture: GGUFArchitecture

    init(_ file: GGUFFile) throws(ModelError) {
        self.file = file
        architecture = try GGUFArchitecture(file)
    }

    private func refusal(_ key: String, _ value: GGUFValue, _ allowed: String) -> ModelError {
        ModelError(.invalidModel, "\(file.file.path): \(key) is \(value.excerpt), allowed is \(allowed)")
    }

    /// A whole number of the architecture's own keys, or nil where it is missing.
    func integer(_ name: String) throws(ModelError) -> Int? {
        try integer(key: "\(architecture.rawValue).\(name)")
    }

    func integer(key: String) throws(ModelError) -> Int? {
        switch file[key] {
        case nil: return nil
        case .integer(let value): return value
        case .some(let other): throw refusal(key, other, "a whole number, one for all layers")
        }
    }

    /// A number, or nil.
    func number(_ name: String) throws(ModelError) -> Double? {
        let key = "\(architecture.rawValue).\(name)"
        switch file[key] {
        case nil: return nil
        case .integer(let value): return Double(value)
        case .number(let value): return value
        case .some(let other): throw refusal(key, other, "a number")
        }
    }

    /// A flag, or nil.
    func flag(_ name: String) throws(ModelError) -> Bool? {
        let key = "\(architecture.rawValue).\(name)"
        switch file[key] {
        case nil: return nil
        case .bool(let value): return value
        case .some(let other): throw refusal(key, other, "true or false")
        }
    }

    /// A text, or nil.
    func text(_ name: String) throws(ModelError) -> String? {
        let key = "\(architecture.rawValue).\(name)"
        switch file[key] {
        case nil: return nil
        case .string(let value): return value
        case .some(let other): throw refusal(key, other, "a text")
        }
    }

    /// Whether there is a tensor of this name.
    func has(_ tensor: String) -> Bool { file.tensor(tensor) != nil }

    /// The numbers of a small f32 tensor, or nil where it is missing.
    func floats(_ name: String) throws(ModelError) -> [Double]? {
        guard let tensor = file.tensor(name) else { return nil }
        guard tensor.format == .plain(.f32), tensor.dimensions.count == 1,
            let count = tensor.dimensions.first, count <= ConfigurationLimits.headDimensionMax
        else {
            throw ModelError(
                .invalidModel,
                "\(file.file.path): tensor \(name) has shape \(tensor.dimensions), allowed is a vector of up to "
                    + "\(ConfigurationLimits.headDimensionMax) F32 numbers")
        }
        var bytes = [UInt8](repeating: 0, count: tensor.range.count)
        do { try file.file.read(tensor.range, into: &bytes, at: 0) } catch { throw ModelError(error) }
        return (0..<count).map { index in
            let bits = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[4 * index + $1]) << (8 * $1) }
            return Double(Float(bitPattern: bits))
        }
    }
}
