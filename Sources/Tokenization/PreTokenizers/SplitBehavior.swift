/// What becomes of the places where a split pattern matches.
enum SplitBehavior: String, Sendable, CaseIterable {
    case removed = "Removed"
    case isolated = "Isolated"
    case mergedWithPrevious = "MergedWithPrevious"
    case mergedWithNext = "MergedWithNext"
    case contiguous = "Contiguous"

    init(_ file: FileObject, _ key: String) throws {
        let name = try file.string(key)
        guard let behavior = SplitBehavior(rawValue: name) else {
            throw TokenizationError.unsupported(
                "behavior", at: file.path(key), found: name, supported: Self.allCases.map(\.rawValue))
        }
        self = behavior
    }
}

/// Turns the matches inside one piece into the new pieces, one match after the other.
struct PieceSplitter {
    private let behavior: SplitBehavior
    /// Whether the parts swap their roles.
    private let isInverted: Bool
    /// Where the part starts that is not yet dealt with.
    private var textEnd: Int
    /// The last new piece; it may still grow.
    private var open: Range<Int>?
    private var isOpenMatch = false

    init(_ behavior: SplitBehavior, isInverted: Bool, start: Int) {
        self.behavior = behavior
        self.isInverted = isInverted
        textEnd = start
    }

    mutating func addMatch(_ match: Range<Int>, to pieces: inout [Range<Int>]) {
        if textEnd < match.lowerBound { add(textEnd..<match.lowerBound, isMatch: isInverted, to: &pieces) }
        add(match, isMatch: !isInverted, to: &pieces)
        textEnd = match.upperBound
    }

    mutating func finish(at end: Int, to pieces: inout [Range<Int>]) {
        if textEnd < end { add(textEnd..<end, isMatch: isInverted, to: &pieces) }
        close(&pieces)
    }

    private mutating func close(_ pieces: inout [Range<Int>]) {
        if let open, !open.isEmpty { pieces.append(open) }
        open = nil
    }

    private mutating func add(_ part: Range<Int>, isMatch: Bool, to pieces: inout [Range<Int>]) {
        let joins =
            switch behavior {
            case .removed, .isolated: false
            case .contiguous: isMatch == isOpenMatch
            case .mergedWithPrevious: isMatch && !isOpenMatch
            case .mergedWithNext: !isMatch && isOpenMatch
            }
        if behavior == .removed, isMatch {
            close(&pieces)
        } else if joins, let joined = open {
            open = joined.lowerBound..<part.upperBound
        } else {
            close(&pieces)
            open = part
        }
        isOpenMatch = isMatch
    }
}
