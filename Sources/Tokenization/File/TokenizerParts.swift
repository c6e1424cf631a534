/// What a tokenizer is made of, whatever format it was read from.
struct TokenizerParts {
    let model: TokenModel
    let normalizer: Normalizer?
    let preTokenizer: PreTokenizer?
    let decoder: Decoder
    let addedTokens: [AddedToken]
    let postProcessor: PostProcessor
    let defaults: Defaults
    /// How many bytes the tables of the tokenizer may have together.
    let tableByteCountMax: Int

    /// What holds where tokenizer_config.json says nothing.
    struct Defaults {
        var beginningOfText: String?
        var endOfText: String?
        var addsBeginningOfText = false
        var addsEndOfText = false
    }

    /// A byte-level encoding with a way of splitting.
    init(
        byteLevel model: BytePairEncoding<MergeTable>, normalizer: Normalizer?, preTokenizer: PreTokenizer,
        addedTokens: [AddedToken], tableByteCountMax: Int
    ) {
        self.tableByteCountMax = tableByteCountMax
        self.model = .bytePairs(model)
        self.normalizer = normalizer
        self.preTokenizer = preTokenizer
        decoder = Decoder(ByteLevelDecoding())
        self.addedTokens = addedTokens
        postProcessor = PostProcessor()
        defaults = Defaults()
    }

    /// Reads the parts of a tokenizer.json.
    init(_ file: FileObject) throws {
        tableByteCountMax = file.tableByteCountMax
        try Self.checkComponents(file)
        model = try TokenModel(try file.object("model"))
        normalizer = try file.optionalObject("normalizer").map(Normalizer.init)
        preTokenizer = try file.optionalObject("pre_tokenizer").map(PreTokenizer.init)
        decoder = try Decoder(try file.optionalObject("decoder"))
        addedTokens = try AddedToken.list(file)
        postProcessor = try file.optionalObject("post_processor").map(PostProcessor.init) ?? PostProcessor()
        defaults = Defaults()
    }

    private static func checkComponents(_ file: FileObject) throws {
        var patternCount = 0
        for key in ["normalizer", "pre_tokenizer", "decoder", "post_processor"] {
            guard let count = try file.optionalObject(key)?.partCount() else { continue }
            guard count.objects <= TokenizerLimits.componentObjectCountMax else {
                throw TokenizationError(
                    .limitExceeded,
                    "\(file.path(key)): consists of \(count.objects) objects; allowed are "
                        + "\(TokenizerLimits.componentObjectCountMax)")
            }
            patternCount += count.patterns
        }
        guard patternCount <= TokenizerLimits.regexCountMax else {
            throw TokenizationError(
                .limitExceeded,
                "\(file.path): has \(patternCount) patterns; allowed are \(TokenizerLimits.regexCountMax)")
        }
    }

    /// Makes the parts of a GGUF file's SentencePiece model; its configuration says what is put around a text.
    init(sentencePiece file: SentencePieceFile) throws {
        model = file.model()
        normalizer = file.normalizer(addsSpaceBeforeEachPart: false)
        preTokenizer = nil
        decoder = Decoder(SentencePieceDecoding(file))
        addedTokens = try file.addedTokens()
        tableByteCountMax = file.modelTableByteCountMax
        postProcessor = PostProcessor()
        defaults = Defaults()
    }

    /// Classes of transformers that read a tokenizer.model as it is, and what they put around a text.
    private static let classes: [String: (addsBeginning: Bool, addsEnd: Bool)] = [
        "Llama": (true, false), "CodeLlama": (true, false), "Gemma": (true, false), "T5": (false, true),
    ]

    /// Makes the parts of a tokenizer.model; tokenizer_config.json's class says what is put around a text.
    init(sentencePiece bytes: FileBytes, _ configuration: TokenizerConfiguration?) throws {
        let file = try SentencePieceFile(bytes)
        let className = configuration?.className ?? "LlamaTokenizer"
        let family = className.replacing(/Tokenizer(Fast)?$/, with: "")
        guard let added = Self.classes[family] else {
            throw TokenizationError.unsupported(
                "tokenizer class with a tokenizer.model", at: "tokenizer_config.json", found: className,
                supported: Self.classes.keys.sorted().map { "\($0)Tokenizer" })
        }
        model = file.model()
        normalizer = file.normalizer(addsSpaceBeforeEachPart: configuration?.isLegacy ?? false)
        preTokenizer = nil
        decoder = Decoder(SentencePieceDecoding(file))
        addedTokens = try file.addedTokens() + (configuration?.addedTokens ?? [])
        tableByteCountMax = file.modelTableByteCountMax + (configuration?.tableByteCountMax ?? 0)
        postProcessor = PostProcessor()
        defaults = Defaults(
            beginningOfText: "<s>", endOfText: "</s>", addsBeginningOfText: added.addsBeginning,
            addsEndOfText: added.addsEnd)
    }
}
