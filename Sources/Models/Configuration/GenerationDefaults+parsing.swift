import Tensors
import WorkerMessages

extension GenerationDefaults {
    /// Reads a generation_config.json; a value that no request could ask for is refused with its name.
    init(_ keys: ConfigurationKeys) throws(ModelError) {
        self.init()
        temperature = try keys.float("temperature", "a number from 0 on") { $0 >= 0 }
        topP = try keys.float("top_p", "a number over 0, up to 1") { $0 > 0 && $0 <= 1 }
        minP = try keys.float("min_p", "a number from 0 to 1") { (0...1).contains($0) }
        typicalP = try keys.float("typical_p", "a number over 0, up to 1") { $0 > 0 && $0 <= 1 }
        repetitionPenalty = try keys.float("repetition_penalty", "a number above 0") { $0 > 0 }
        // Some files write -1 for off.
        topK = try keys.count("top_k", from: -1).map { Int32(max(0, $0)) }
        noRepeatNGramSize = try keys.count("no_repeat_ngram_size", from: 0).map { Int32($0) }
        minNewTokenCount = try keys.count("min_new_tokens", from: 0).map { Int32($0) }
        maxNewTokenCount = try keys.count("max_new_tokens", from: 1)
        if try !keys.flag("do_sample", fallback: true) { temperature = 0 }
    }
}

extension ConfigurationKeys {
    /// A number, or nil where the key is missing.
    fileprivate func float(
        _ key: String, _ allowed: String, _ isAllowed: (Float) -> Bool
    ) throws(ModelError) -> Float? {
        let number: Float
        switch self[key] {
        case nil: return nil
        case .integer(let value): number = Float(value)
        case .number(let value): number = Float(value)
        case .some: throw refusal(key, allowed: allowed)
        }
        guard number.isFinite, isAllowed(number) else { throw refusal(key, allowed: allowed) }
        return number
    }

    /// A whole number from `lowest` on, or nil where the key is missing.
    fileprivate func count(_ key: String, from lowest: Int) throws(ModelError) -> Int? {
        guard self[key] != nil else { return nil }
        guard case .integer(let value)? = self[key], value >= lowest, value <= Int(Int32.max) else {
            throw refusal(key, allowed: "a whole number from \(lowest) to \(Int32.max)")
        }
        return value
    }
}
