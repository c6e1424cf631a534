/// Which ids are put around those of the text.
struct PostProcessor: Sendable {
    /// The ids before the text, between its occurrences, and after it: one list more than there are
    /// occurrences.
    private var lists: [[Int32]] = [[], []]

    private static let supported = [
        "Sequence", "TemplateProcessing", "ByteLevel", "BertProcessing", "RobertaProcessing",
    ]

    /// Adds nothing.
    init() {}

    init(_ file: FileObject) throws {
        switch try file.string("type") {
        case "Sequence": try readSequence(file)
        case "TemplateProcessing": lists = try Self.lists(template: file)
        case "ByteLevel": break
        case "BertProcessing", "RobertaProcessing":
            lists = [[try Self.namedID(file, "cls")], [try Self.namedID(file, "sep")]]
        case let other:
            throw TokenizationError.unsupported(
                "post-processor", at: file.path, found: other, supported: Self.supported)
        }
    }

    /// Always the same ids before and after the text.
    init(prefix: [Int32], suffix: [Int32]) { lists = [prefix, suffix] }

    /// Whether the ids of the text stay as they are.
    var isEmpty: Bool { lists == [[], []] }

    /// The first id put before the text, if there is one.
    var firstPrefixID: Int32? { lists[0].first }

    /// The ids with everything added; without special tokens only as often as the template repeats the text.
    func applied(to ids: [Int32], addSpecialTokens: Bool) -> [Int32] {
        var output = addSpecialTokens ? lists[0] : []
        for list in lists.dropFirst() {
            output += ids
            if addSpecialTokens { output += list }
        }
        return output
    }

    // MARK: - Reading

    /// Of several processors one may add ids; the others only correct offsets.
    private mutating func readSequence(_ file: FileObject) throws {
        for part in try file.objects("processors") {
            let processor = try PostProcessor(part)
            guard isEmpty || processor.isEmpty else {
                throw TokenizationError(
                    .unsupportedComponent,
                    "\(part.path): is the second processor that adds tokens; one is supported")
            }
            if isEmpty { self = processor }
        }
    }

    private static func lists(template file: FileObject) throws -> [[Int32]] {
        var idsByName: [String: [Int32]] = [:]
        try file.members("special_tokens").forEach { name, value in
            guard idsByName.count < TokenizerLimits.componentCountMax else {
                throw file.fault(
                    "special_tokens", "has more than \(TokenizerLimits.componentCountMax) tokens")
            }
            let token = try FileObject(value, path: "\(file.path("special_tokens")).\(name)")
            let ids = try token.elements("ids", countMax: TokenizerLimits.componentCountMax)
            idsByName[name] = try ids.map { value in
                guard case .integer(let id) = value, (0...TokenizerLimits.tokenIDMax).contains(id) else {
                    throw token.fault("ids", "must hold ids from 0 to \(TokenizerLimits.tokenIDMax)")
                }
                return Int32(id)
            }
        }
        var lists: [[Int32]] = [[]]
        for piece in try file.objects("single") {
            if let special = try piece.optionalObject("SpecialToken") {
                let name = try special.string("id")
                guard let ids = idsByName[name] else {
                    throw special.fault("id", "is \"\(name)\", which special_tokens does not define")
                }
                lists[lists.count - 1] += ids
            } else {
                let name = try piece.object("Sequence").string("id")
                guard name == "A" else {
                    throw piece.fault("Sequence.id", "is \"\(name)\"; only \"A\" is allowed here")
                }
                lists.append([])
            }
        }
        return lists
    }

    /// The id of a pair such as `["</s>", 2]`.
    private static func namedID(_ file: FileObject, _ key: String) throws -> Int32 {
        let pair = try file.elements(key, countMax: 2)
        guard pair.count == 2, case .integer(let id) = pair[1], (0...TokenizerLimits.tokenIDMax).contains(id)
        else {
            throw file.fault(
                key, "must be a pair of a token and its id from 0 to \(TokenizerLimits.tokenIDMax)")
        }
        return Int32(id)
    }
}
