/// The tokens of a model and their ids, looked up by bytes.
///
/// Tokens lie one after the other in `bytes`; a hash table with open addressing maps a token's bytes to its
/// entry. Two tokens that differ in bytes are different tokens, whatever Unicode thinks of them.
struct Vocabulary: Sendable {
    private var bytes: [UInt8] = []
    /// Where entry `i`'s token starts; one more element than entries.
    private var starts: [Int32] = [0]
    private var entryIDs: [Int32] = []
    /// Entry index, or -1; a power of two long and at most half full.
    private var slots: [Int32]
    /// Entry index by id, or -1 where an id has no token.
    private var entryByID: [Int32] = []

    init(tokenCountMax: Int) {
        var capacity = 16
        while capacity < 2 * tokenCountMax { capacity *= 2 }
        slots = [Int32](repeating: -1, count: capacity)
    }

    /// Reads the member `vocab` of a model: an object of tokens and their ids.
    init(_ file: FileObject) throws {
        let members = try file.members("vocab")
        self.init(tokenCountMax: members.count)
        for member in members {
            guard case .integer(let id) = member.value, (0...TokenizerLimits.tokenIDMax).contains(id) else {
                throw file.fault(
                    "vocab", "\"\(member.key)\" must have an id from 0 to \(TokenizerLimits.tokenIDMax)")
            }
            guard id < TokenizerLimits.idEndMax(tokenCount: members.count) else {
                throw TokenizationError(
                    .limitExceeded,
                    "\(file.path("vocab")): \"\(member.key)\" has the id \(id); of \(members.count) tokens ids below "
                        + "\(TokenizerLimits.idEndMax(tokenCount: members.count)) are allowed")
            }
            guard insert(member.key.utf8, id: Int32(id)) else {
                throw file.fault("vocab", "the token \"\(member.key)\" or its id \(id) is there twice")
            }
        }
    }

    /// How many tokens there are.
    var count: Int { entryIDs.count }
    /// One more than the highest id.
    var idEnd: Int { entryByID.count }

    /// Enters a token; false if its bytes or its id are already there.
    mutating func insert(_ token: some Collection<UInt8>, id: Int32) -> Bool {
        precondition(2 * count < slots.count && id >= 0)
        let key = Array(token)
        var slot = Self.firstSlot(of: key.span, slotCount: slots.count)
        while slots[slot] >= 0 {
            if isEntry(Int(slots[slot]), equalTo: key.span) { return false }
            slot = (slot + 1) & (slots.count - 1)
        }
        while entryByID.count <= Int(id) { entryByID.append(-1) }
        guard entryByID[Int(id)] < 0 else { return false }
        slots[slot] = Int32(count)
        entryByID[Int(id)] = Int32(count)
        entryIDs.append(id)
        bytes.append(contentsOf: key)
        starts.append(Int32(bytes.count))
        return true
    }

    /// Enters a token under the next id; bytes that are already there belong to this id from now on.
    mutating func append(_ token: some Collection<UInt8>) {
        precondition(2 * count < slots.count)
        let key = Array(token)
        var slot = Self.firstSlot(of: key.span, slotCount: slots.count)
        while slots[slot] >= 0, !isEntry(Int(slots[slot]), equalTo: key.span) {
            slot = (slot + 1) & (slots.count - 1)
        }
        slots[slot] = Int32(count)
        entryByID.append(Int32(count))
        entryIDs.append(Int32(entryByID.count - 1))
        bytes.append(contentsOf: key)
        starts.append(Int32(bytes.count))
    }

    /// The id of the token with exactly these bytes.
    func id(of key: Span<UInt8>) -> Int32? {
        var slot = Self.firstSlot(of: key, slotCount: slots.count)
        while slots[slot] >= 0 {
            let entry = Int(slots[slot])
            if isEntry(entry, equalTo: key) { return entryIDs[entry] }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    func id(of token: some Sequence<UInt8>) -> Int32? { id(of: Array(token).span) }

    /// The bytes of the token with this id.
    func token(for id: Int32) -> ArraySlice<UInt8>? {
        guard id >= 0, Int(id) < entryByID.count, entryByID[Int(id)] >= 0 else { return nil }
        let entry = Int(entryByID[Int(id)])
        return bytes[Int(starts[entry])..<Int(starts[entry + 1])]
    }

    /// Every token with its id, in the order of entry.
    func forEach(_ body: (ArraySlice<UInt8>, Int32) -> Void) {
        for entry in 0..<count { body(bytes[Int(starts[entry])..<Int(starts[entry + 1])], entryIDs[entry]) }
    }

    private func isEntry(_ entry: Int, equalTo key: Span<UInt8>) -> Bool {
        let start = Int(starts[entry])
        guard Int(starts[entry + 1]) - start == key.count else { return false }
        for index in 0..<key.count where bytes[start + index] != key[index] { return false }
        return true
    }

    private static func firstSlot(of key: Span<UInt8>, slotCount: Int) -> Int {
        Int(truncatingIfNeeded: byteHash(key) >> 20) & (slotCount - 1)
    }
}

/// FNV-1a over the bytes, mixed so that the high bits are usable.
func byteHash(_ key: Span<UInt8>) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for index in 0..<key.count { hash = (hash ^ UInt64(key[index])) &* 0x100_0000_01B3 }
    return hash &* 0x9E37_79B9_7F4A_7C15
}
