/// Which ids are put around those of the text.
struct PostProcessor: Sendable {
    /// The ids before and after, outermost last. Processors that only correct offsets leave none.
    private var frames: [Frame] = []

    private struct Frame {
        /// The ids before the text, between its occurrences, and after it: one list more than there are occurrences.
        var lists: [[Int32]] = [[]]
    }

    private static let supported = [
        "Sequence", "TemplateProcessing", "ByteLevel", "BertProcessing", "RobertaProcessing",
    ]

    /// Adds nothing.
    init() {}

    init(_ file: FileObject) throws {
        switch try file.string("type") {
        case "Sequence": frames = try file.objects("processors").flatMap { try PostProcessor($0).frames }
        case "TemplateProcessing": frames = [try Self.frame(template: file)]
        case "ByteLevel": break
        case "BertProcessing", "RobertaProcessing":
            frames = [Frame(lists: [[try Self.namedID(file, "cls")], [try Self.namedID(file, "sep")]])]
        case let other:
            throw TokenizationError.unsupported(
                "post-processor", at: file.path, found: other, supported: Self.supported)
        }
    }

    /// Whether no id is ever added.
    var isEmpty: Bool { frames.allSatisfy { $0.lists == [[], []] } }

    /// The first id put before the text, if there is one.
    var firstPrefixID: Int32? { frames.last { $0.lists.first?.isEmpty == false }?.lists.first?.first }

    /// Puts ids around what the processors so far made.
    mutating func wrap(prefix: [Int32], suffix: [Int32]) { frames.append(Frame(lists: [prefix, suffix])) }

    /// The ids with everything added; without special tokens only as often as the template repeats the text.
    func applied(to ids: [Int32], addSpecialTokens: Bool) -> [Int32] {
        frames.reduce(ids) { inner, frame in
            var output = addSpecialTokens ? frame.lists[0] : []
            for list in frame.lists.dropFirst() {
                output += inner
                if addSpecialTokens { output += list }
            }
            return output
        }
    }

    // MARK: - Reading

    private static func frame(template file: FileObject) throws -> Frame {
        var idsByName: [String: [Int32]] = [:]
        for member in try file.members("special_tokens") {
            let token = try FileObject(member.value, path: "\(file.path("special_tokens")).\(member.key)")
            idsByName[member.key] = try token.array("ids").map { value in
                guard case .integer(let id) = value, (0...TokenizerLimits.tokenIDMax).contains(id) else {
                    throw token.fault("ids", "must hold ids from 0 to \(TokenizerLimits.tokenIDMax)")
                }
                return Int32(id)
            }
        }
        var frame = Frame()
        for piece in try file.objects("single") {
            if let special = try piece.optionalObject("SpecialToken") {
                let name = try special.string("id")
                guard let ids = idsByName[name] else {
                    throw special.fault("id", "is \"\(name)\", which special_tokens does not define")
                }
                frame.lists[frame.lists.count - 1] += ids
            } else {
                let name = try piece.object("Sequence").string("id")
                guard name == "A" else {
                    throw piece.fault("Sequence.id", "is \"\(name)\"; only \"A\" is allowed here")
                }
                frame.lists.append([])
            }
        }
        return frame
    }

    /// The id of a pair such as `["</s>", 2]`.
    private static func namedID(_ file: FileObject, _ key: String) throws -> Int32 {
        let pair = try file.array(key)
        guard pair.count == 2, case .integer(let id) = pair[1], (0...TokenizerLimits.tokenIDMax).contains(id)
        else {
            throw file.fault(
                key, "must be a pair of a token and its id from 0 to \(TokenizerLimits.tokenIDMax)")
        }
        return Int32(id)
    }
}
