/// What `tokenizer.ggml.pre` of a GGUF file stands for: how the tokenizer.json that it was made from splits texts.
///
/// llama.cpp's llama-vocab.cpp has the names; patterns are the originals of the tokenizers' own files.
struct GGUFPattern {
    /// tokenizer.json's `pre_tokenizer`, as JSON.
    let preTokenizer: String
    /// Whether a word that is a token is not made of merges.
    var ignoresMerges = false
    /// Whether a text begins with the token that says so, unless the file says otherwise.
    var addsBeginning = false
    /// Whether texts are brought into Unicode's form C.
    var composes = false

    /// What a name stands for; `path` names it in errors.
    init(_ name: String, path: String) throws {
        guard let kind = Self.kinds[name] else {
            throw TokenizationError.unsupported(
                "pattern", at: path, found: name, supported: Self.kinds.keys.sorted())
        }
        preTokenizer = Self.preTokenizer(kind)
        ignoresMerges = kind == .llama3 || kind == .tekken
        addsBeginning = ["llama3", "llama-v3", "llama-bpe", "falcon3", "falcon-h1", "pixtral", "tekken"]
            .contains(name)
        composes = ["qwen2", "deepseek-r1-qwen", "mpt", "olmo"].contains(name)
    }

    private enum Kind {
        case fallback, gpt2, digits, llama3, qwen2, falcon, bloom, viking, tekken, gpt4o
    }

    private static let kinds: [String: Kind] = [
        "default": .fallback,
        "gpt-2": .gpt2, "phi-2": .gpt2, "jais": .gpt2, "mpt": .gpt2, "olmo": .gpt2, "mellum": .gpt2,
        "trillion": .gpt2,
        "smollm": .digits, "starcoder": .digits, "refact": .digits, "command-r": .digits,
        "codeshell": .digits,
        "exaone": .digits, "minerva-7b": .digits,
        "llama3": .llama3, "llama-v3": .llama3, "llama-bpe": .llama3, "falcon3": .llama3,
        "falcon-h1": .llama3,
        "pixtral": .llama3, "dbrx": .llama3, "smaug-bpe": .llama3,
        "qwen2": .qwen2, "deepseek-r1-qwen": .qwen2, "stablelm2": .qwen2, "megrez": .qwen2,
        "falcon": .falcon, "bloom": .bloom, "poro-chat": .bloom, "gpt3-finnish": .bloom, "viking": .viking,
        "tekken": .tekken, "gpt-4o": .gpt4o, "llama4": .gpt4o,
    ]

    private static let contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
    private static let letterRuns = "[^\\r\\n\\p{L}\\p{N}]?\\p{L}+"
    private static let others = " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"
    private static let upper = "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]"
    private static let lower = "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]"

    private static func preTokenizer(_ kind: Kind) -> String {
        let gpt2 = byteLevel(usesRegex: true)
        let plain = byteLevel(usesRegex: false)
        switch kind {
        case .gpt2: return gpt2
        case .fallback:
            return sequence([
                split("[\\p{P}\\$\\+<=>\\^~\\|]+"), gpt2, split("\\p{N}+"), split("[0-9][0-9][0-9]"),
            ])
        case .digits:
            return sequence([digits(isolatesEach: true), gpt2])
        case .llama3: return sequence([split("\(contractions)|\(letterRuns)|\\p{N}{1,3}|\(others)"), plain])
        case .qwen2: return sequence([split("\(contractions)|\(letterRuns)|\\p{N}|\(others)"), plain])
        case .falcon:
            let punctuation = "{\"type\": \"Punctuation\", \"behavior\": \"Contiguous\"}"
            return sequence([punctuation, gpt2, digits(isolatesEach: false), split("[0-9][0-9][0-9]")])
        case .bloom: return sequence([split(" ?[^(\\s|[.,!?…。，、।۔،])]+"), plain])
        case .viking:
            return sequence([split(" ?[^(\\s|[.,!?…。，、।۔،])]+"), digits(isolatesEach: true), plain])
        case .tekken, .gpt4o:
            let end = kind == .gpt4o ? "\(contractions)?" : ""
            let number = kind == .gpt4o ? "\\p{N}{1,3}" : "\\p{N}"
            let start = "[^\\r\\n\\p{L}\\p{N}]?"
            let words = "\(start)\(upper)*\(lower)+\(end)|\(start)\(upper)+\(lower)*\(end)"
            let rest = " ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"
            return sequence([split("\(words)|\(number)|\(rest)"), plain])
        }
    }

    /// tokenizer.json's ByteLevel.
    static func byteLevel(usesRegex: Bool) -> String {
        "{\"type\": \"ByteLevel\", \"add_prefix_space\": false, \"use_regex\": \(usesRegex)}"
    }

    private static func digits(isolatesEach: Bool) -> String {
        "{\"type\": \"Digits\", \"individual_digits\": \(isolatesEach)}"
    }

    private static func split(_ pattern: String) -> String {
        "{\"type\": \"Split\", \"pattern\": {\"Regex\": \(quoted(pattern))}, "
            + "\"behavior\": \"Isolated\", \"invert\": false}"
    }

    /// A pattern in quotes. None has control characters.
    private static func quoted(_ pattern: String) -> String {
        "\"\(pattern.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
    }

    private static func sequence(_ parts: [String]) -> String {
        "{\"type\": \"Sequence\", \"pretokenizers\": [\(parts.joined(separator: ", "))]}"
    }
}
