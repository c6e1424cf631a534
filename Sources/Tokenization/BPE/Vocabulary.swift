/// The tokens of a model and their ids, looked up by bytes.
///
/// A hash table with open addressing maps a token's bytes to its entry. Two tokens that differ in bytes are different
/// tokens, whatever Unicode thinks of them.
struct Vocabulary: Sendable {
    /// The tokens in the order of entry.
    private(set) var tokens: ByteStrings
    /// Whether ids are not the places of their entries: only then the two tables of ids hold something.
    private let isNumbered: Bool
    private var entryIDs: [Int32] = []
    /// Entry index by id, or -1 where an id has no token.
    private var entryByID: [Int32] = []
    /// An entry's index below eight bits of its hash, so that few others are compared; at most two thirds are in use.
    private var slots: [UInt32]

    private static let empty = UInt32.max

    /// Makes room for so many tokens with so many bytes together, and for ids below `idEnd`; without it a token's id is
    /// its place.
    init(tokenCountMax: Int, byteCountMax: Int, idEnd: Int?) {
        tokens = ByteStrings(count: tokenCountMax, byteCount: byteCountMax)
        slots = [UInt32](repeating: Self.empty, count: Self.slotCount(tokenCountMax))
        isNumbered = idEnd != nil
        guard let idEnd else { return }
        entryIDs.reserveCapacity(tokenCountMax)
        entryByID.reserveCapacity(idEnd)
    }

    private static func slotCount(_ tokenCount: Int) -> Int { tokenCount + tokenCount / 2 + 16 }

    /// How many bytes the tables of so many tokens take.
    static func tableByteCount(tokenCount: Int, byteCount: Int, idEnd: Int?) -> Int {
        let numberCount = idEnd.map { tokenCount + $0 } ?? 0
        return 4 * (tokenCount + slotCount(tokenCount) + numberCount) + byteCount
    }

    /// How many bytes the tables take.
    var tableByteCount: Int {
        Self.tableByteCount(
            tokenCount: count, byteCount: tokens.bytes.count, idEnd: isNumbered ? idEnd : nil)
    }

    /// Reads an object of tokens and their ids.
    init(_ file: FileObject) throws {
        let measure = try file.members.measured()
        let idEndMax = TokenizerLimits.idEndMax(tokenCount: measure.count)
        let idEnd = 1 + max(0, min(measure.integerMax, idEndMax - 1))
        try TokenizerLimits.check(
            tableByteCount: Self.tableByteCount(
                tokenCount: measure.count, byteCount: measure.keyByteCount, idEnd: idEnd),
            max: file.tableByteCountMax, file.path)
        self.init(tokenCountMax: measure.count, byteCountMax: measure.keyByteCount, idEnd: idEnd)
        try file.members.forEach { token, value in
            guard case .integer(let id) = value, (0...TokenizerLimits.tokenIDMax).contains(id) else {
                throw TokenizationError(
                    .malformedFile,
                    "\(file.path): \(TokenizationError.excerpt(token)) must have an id from 0 to "
                        + "\(TokenizerLimits.tokenIDMax)")
            }
            guard id < idEndMax else {
                throw TokenizationError(
                    .limitExceeded,
                    "\(file.path): \(TokenizationError.excerpt(token)) has the id \(id); of \(measure.count) tokens "
                        + "ids below \(idEndMax) are allowed")
            }
            guard insert(token.utf8, id: Int32(id)) else {
                throw TokenizationError(
                    .malformedFile,
                    "\(file.path): the token \(TokenizationError.excerpt(token)) or its id \(id) is there twice"
                )
            }
        }
    }

    /// How many tokens there are.
    var count: Int { tokens.count }
    /// One more than the highest id.
    var idEnd: Int { isNumbered ? entryByID.count : count }

    /// Enters a token; false if its bytes or its id are already there.
    mutating func insert(_ token: some Collection<UInt8>, id: Int32) -> Bool {
        precondition(isNumbered, "ids are the places of entries")
        let key = Array(token)
        let hash = byteHash(key.span)
        let slot = freeSlot(for: key.span, hash)
        guard slots[slot] == Self.empty else { return false }
        while idEnd <= Int(id) { entryByID.append(-1) }
        guard entryByID[Int(id)] == -1 else { return false }
        entryByID[Int(id)] = Int32(count)
        entryIDs.append(id)
        enter(key, slot: slot, hash)
        return true
    }

    /// Enters a token under the next id; false if its bytes are already there.
    mutating func insert(_ token: [UInt8]) -> Bool {
        let hash = byteHash(token.span)
        let slot = freeSlot(for: token.span, hash)
        guard slots[slot] == Self.empty else { return false }
        append(token, slot: slot, hash)
        return true
    }

    /// Enters a token under the next id; bytes that are already there belong to this id from now on.
    mutating func append(_ token: some Collection<UInt8>) {
        let key = Array(token)
        let hash = byteHash(key.span)
        append(key, slot: freeSlot(for: key.span, hash), hash)
    }

    private mutating func append(_ key: [UInt8], slot: Int, _ hash: UInt64) {
        precondition(!isNumbered, "ids are not the places of entries")
        enter(key, slot: slot, hash)
    }

    private mutating func enter(_ key: [UInt8], slot: Int, _ hash: UInt64) {
        precondition(Self.slotCount(count + 1) <= slots.count && count <= TokenizerLimits.tokenIDMax)
        slots[slot] = Self.tag(hash) | UInt32(count)
        tokens.append(key)
    }

    // MARK: - Looking up

    /// Eight bits of a hash above an entry's 24; never all of them, so that no entry looks empty.
    private static func tag(_ hash: UInt64) -> UInt32 {
        let bits = UInt32(truncatingIfNeeded: hash) & 0xFF00_0000
        return bits == 0xFF00_0000 ? 0 : bits
    }

    private func firstSlot(_ hash: UInt64) -> Int { Int(((hash >> 32) * UInt64(slots.count)) >> 32) }

    /// The slot of a token, or the free one where it belongs.
    private func freeSlot(for key: Span<UInt8>, _ hash: UInt64) -> Int {
        let tag = Self.tag(hash)
        var slot = firstSlot(hash)
        while slots[slot] != Self.empty {
            if slots[slot] & 0xFF00_0000 == tag, isEntry(Int(slots[slot] & 0xFF_FFFF), equalTo: key) { break }
            slot = slot + 1 == slots.count ? 0 : slot + 1
        }
        return slot
    }

    /// The id of the token with exactly these bytes.
    func id(of key: Span<UInt8>) -> Int32? { id(of: key, hash: byteHash(key)) }

    /// The id of the token with exactly these bytes, whose hash is known.
    func id(of key: Span<UInt8>, hash: UInt64) -> Int32? {
        let slot = slots[freeSlot(for: key, hash)]
        return slot == Self.empty ? nil : id(ofEntry: Int(slot & 0xFF_FFFF))
    }

    func id(of token: some Sequence<UInt8>) -> Int32? { id(of: Array(token).span) }

    /// The id of the token that is the tokens `left` and `right` one behind the other; `hash` is that of its bytes.
    func id(joining left: Int32, _ right: Int32, hash: UInt64) -> Int32? {
        let tag = Self.tag(hash)
        var slot = firstSlot(hash)
        while slots[slot] != Self.empty {
            if slots[slot] & 0xFF00_0000 == tag {
                let entry = Int(slots[slot] & 0xFF_FFFF)
                if isEntry(entry, left, right) { return id(ofEntry: entry) }
            }
            slot = slot + 1 == slots.count ? 0 : slot + 1
        }
        return nil
    }

    private func entry(of id: Int32) -> Int? {
        guard isNumbered else { return id >= 0 && Int(id) < count ? Int(id) : nil }
        guard id >= 0, Int(id) < entryByID.count, entryByID[Int(id)] >= 0 else { return nil }
        return Int(entryByID[Int(id)])
    }

    /// The bytes of the token with this id.
    func token(for id: Int32) -> ArraySlice<UInt8>? { entry(of: id).map { tokens[$0] } }

    /// The id of an entry of `tokens`.
    func id(ofEntry entry: Int) -> Int32 { isNumbered ? entryIDs[entry] : Int32(entry) }

    /// Every token with its id, in the order of entry.
    func forEach(_ body: (ArraySlice<UInt8>, Int32) -> Void) {
        for entry in tokens.indices { body(tokens[entry], id(ofEntry: entry)) }
    }

    private func isEntry(_ entry: Int, equalTo key: Span<UInt8>) -> Bool {
        let range = tokens.range(entry)
        return range.count == key.count && has(key, at: range.lowerBound)
    }

    private func isEntry(_ entry: Int, _ left: Int32, _ right: Int32) -> Bool {
        guard let left = self.entry(of: left), let right = self.entry(of: right) else { return false }
        let (range, leftRange, rightRange) = (tokens.range(entry), tokens.range(left), tokens.range(right))
        let bytes = tokens.bytes.span
        return range.count == leftRange.count + rightRange.count
            && has(bytes.extracting(leftRange), at: range.lowerBound)
            && has(bytes.extracting(rightRange), at: range.lowerBound + leftRange.count)
    }

    /// Whether bytes stand at `offset` of all tokens' bytes. Nearly always they do: it is not worth stopping early.
    private func has(_ key: Span<UInt8>, at offset: Int) -> Bool {
        let bytes = tokens.bytes.span.extracting(offset..<offset + key.count)
        var difference: UInt8 = 0
        for index in 0..<key.count { difference |= bytes[index] ^ key[index] }
        return difference == 0
    }
}
