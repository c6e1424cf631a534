/// The tokens of a model and their ids, looked up by bytes.
///
/// A hash table with open addressing maps a token's bytes to its entry. Two tokens that differ in bytes are different
/// tokens, whatever Unicode thinks of them.
struct Vocabulary: Sendable {
    /// The tokens in the order of entry.
    private(set) var tokens: ByteStrings
    private var entryIDs: [Int32] = []
    /// Entry index, or -1; at most two thirds are in use.
    private var slots: [Int32]
    /// Entry index by id, or -1 where an id has no token.
    private var entryByID: [Int32] = []

    /// Makes room for so many tokens with so many bytes together, and for ids below `idEnd`.
    init(tokenCountMax: Int, byteCountMax: Int, idEnd: Int) {
        tokens = ByteStrings(count: tokenCountMax, byteCount: byteCountMax)
        entryIDs.reserveCapacity(tokenCountMax)
        entryByID.reserveCapacity(idEnd)
        slots = [Int32](repeating: -1, count: Self.slotCount(tokenCountMax))
    }

    private static func slotCount(_ tokenCount: Int) -> Int { tokenCount + tokenCount / 2 + 16 }

    /// How many bytes the tables of so many tokens take.
    static func tableByteCount(tokenCount: Int, byteCount: Int, idEnd: Int) -> Int {
        4 * (2 * tokenCount + slotCount(tokenCount) + idEnd) + byteCount
    }

    /// How many bytes the tables take.
    var tableByteCount: Int {
        Self.tableByteCount(tokenCount: count, byteCount: tokens.bytes.count, idEnd: idEnd)
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
    var count: Int { entryIDs.count }
    /// One more than the highest id.
    var idEnd: Int { entryByID.count }

    /// Enters a token; false if its bytes or its id are already there.
    mutating func insert(_ token: some Collection<UInt8>, id: Int32) -> Bool {
        let key = Array(token)
        let slot = freeSlot(for: key.span)
        guard slots[slot] < 0 else { return false }
        while entryByID.count <= Int(id) { entryByID.append(-1) }
        guard entryByID[Int(id)] < 0 else { return false }
        enter(key, slot: slot, id: id)
        entryByID[Int(id)] = Int32(count - 1)
        return true
    }

    /// Enters a token under the next id; bytes that are already there belong to this id from now on.
    mutating func append(_ token: some Collection<UInt8>) {
        let key = Array(token)
        entryByID.append(Int32(count))
        enter(key, slot: freeSlot(for: key.span), id: Int32(entryByID.count - 1))
    }

    private mutating func enter(_ key: [UInt8], slot: Int, id: Int32) {
        precondition(Self.slotCount(count + 1) <= slots.count && id >= 0)
        slots[slot] = Int32(count)
        entryIDs.append(id)
        tokens.append(key)
    }

    /// The slot of a token, or the free one where it belongs.
    private func freeSlot(for key: Span<UInt8>) -> Int {
        var slot = firstSlot(of: key)
        while slots[slot] >= 0, !isEntry(Int(slots[slot]), equalTo: key) {
            slot = slot + 1 == slots.count ? 0 : slot + 1
        }
        return slot
    }

    /// The id of the token with exactly these bytes.
    func id(of key: Span<UInt8>) -> Int32? {
        let entry = slots[freeSlot(for: key)]
        return entry < 0 ? nil : entryIDs[Int(entry)]
    }

    func id(of token: some Sequence<UInt8>) -> Int32? { id(of: Array(token).span) }

    /// The bytes of the token with this id.
    func token(for id: Int32) -> ArraySlice<UInt8>? {
        guard id >= 0, Int(id) < entryByID.count, entryByID[Int(id)] >= 0 else { return nil }
        return tokens[Int(entryByID[Int(id)])]
    }

    /// The id of an entry of `tokens`.
    func id(ofEntry entry: Int) -> Int32 { entryIDs[entry] }

    /// Every token with its id, in the order of entry.
    func forEach(_ body: (ArraySlice<UInt8>, Int32) -> Void) {
        for entry in tokens.indices { body(tokens[entry], entryIDs[entry]) }
    }

    private func isEntry(_ entry: Int, equalTo key: Span<UInt8>) -> Bool {
        let range = tokens.range(entry)
        guard range.count == key.count else { return false }
        for index in 0..<key.count where tokens.bytes[range.lowerBound + index] != key[index] { return false }
        return true
    }

    private func firstSlot(of key: Span<UInt8>) -> Int {
        Int(((byteHash(key) >> 32) * UInt64(slots.count)) >> 32)
    }
}

/// FNV-1a over the bytes, mixed so that the high bits are usable.
func byteHash(_ key: Span<UInt8>) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for index in 0..<key.count { hash = (hash ^ UInt64(key[index])) &* 0x100_0000_01B3 }
    return hash &* 0x9E37_79B9_7F4A_7C15
}
