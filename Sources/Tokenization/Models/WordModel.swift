/// How one word becomes ids.
///
/// A word is valid UTF-8. What `Memory` holds has no influence on the ids: it is there to be used again.
protocol WordModel: Sendable {
    associatedtype Memory: WordMemory

    /// The tokens and their ids.
    var vocabulary: Vocabulary { get }

    /// A character such that no token has it behind another one: what stands before it and what follows are encoded
    /// by themselves.
    var wordStart: [UInt8]? { get }

    /// Appends the ids of one word to `ids`.
    func encode(_ word: Span<UInt8>, into ids: inout [Int32], memory: inout Memory) throws
}

extension WordModel {
    var wordStart: [UInt8]? { nil }
}

/// Working memory that a model keeps from word to word.
protocol WordMemory {
    init()
}

/// For models that need no working memory.
struct NoMemory: WordMemory {}

/// One of the four kinds of model that a tokenizer.json may hold, or SentencePiece's merging pieces.
enum TokenModel: Sendable {
    case bytePairs(BytePairEncoding<MergeTable>)
    case pieces(BytePairEncoding<PieceMerges>)
    case wordPieces(WordPieceModel)
    case unigram(UnigramModel)
    case words(WordLevelModel)

    /// Reads the `model` of a tokenizer.json. Files of the first versions do not name its type: then its keys
    /// tell.
    init(_ file: FileObject) throws {
        switch try file.optionalString("type") ?? (try Self.guessedType(of: file)) {
        case "BPE": self = .bytePairs(try BytePairEncoding(file))
        case "WordPiece": self = .wordPieces(try WordPieceModel(file))
        case "Unigram": self = .unigram(try UnigramModel(file))
        case "WordLevel": self = .words(try WordLevelModel(file))
        case let other:
            throw TokenizationError.unsupported(
                "model", at: file.path, found: other,
                supported: ["BPE", "WordPiece", "Unigram", "WordLevel"])
        }
    }

    private static func guessedType(of file: FileObject) throws -> String {
        if try file.value("merges") != nil { return "BPE" }
        if case .array = try file.value("vocab") { return "Unigram" }
        let isWordPiece =
            try file.value("continuing_subword_prefix") != nil
            || file.value("max_input_chars_per_word") != nil
        return isWordPiece ? "WordPiece" : "WordLevel"
    }

    /// The tokens and their ids.
    var vocabulary: Vocabulary {
        switch self {
        case .bytePairs(let model): model.vocabulary
        case .pieces(let model): model.vocabulary
        case .wordPieces(let model): model.vocabulary
        case .unigram(let model): model.vocabulary
        case .words(let model): model.vocabulary
        }
    }

    /// How many bytes the tables take.
    var tableByteCount: Int {
        switch self {
        case .bytePairs(let model): model.tableByteCount
        case .pieces(let model): model.tableByteCount
        case .wordPieces(let model): model.tableByteCount
        case .unigram(let model): model.tableByteCount
        case .words(let model): model.vocabulary.tableByteCount
        }
    }
}
