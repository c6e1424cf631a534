/// `model.safetensors.index.json`: which file holds which tensor of a checkpoint in several files.
package struct SafetensorsIndex: Sendable {
    /// Bytes of the file at most.
    package static let byteCountMax = 100_000_000
    /// Files at most.
    package static let fileCountMax = 4096
    /// Bytes of a file's name at most, as Linux has it.
    package static let fileNameByteCountMax = 255

    /// The files' names, ascending.
    package let files: [String]

    /// The text that the tensors' names are read out of: a list of names would be larger than it.
    private let bytes: [UInt8]
    /// In ascending order of their hashes.
    private let entries: [Entry]

    private struct Entry {
        /// Of the tensor's name.
        let hash: UInt64
        /// Where the name stands.
        let start: Int32
        /// Which of the files has it, in the order in which they are named.
        let file: Int32
    }

    /// Parses an index. File names must be plain names: no directory may be left.
    package init(parsing bytes: [UInt8], path: String) throws(SafetensorsError) {
        var numbers: [String: Int32] = [:]
        var entries: [Entry] = []
        do throws(JSONError) {
            var scanner = JSONScanner(bytes)
            try scanner.object { (scanner, key) throws(JSONError) in
                guard key == "weight_map" else {
                    try scanner.skip()
                    return
                }
                var ahead = scanner
                var count = 0
                try ahead.members { (scanner, _, _) throws(JSONError) in
                    count += 1
                    try scanner.skip()
                }
                guard count <= JSONScanner.memberCountMax else {
                    throw scanner.error("it names more than \(JSONScanner.memberCountMax) tensors")
                }
                // Sorting takes half of it again.
                try scanner.hold(count * MemoryLayout<Entry>.stride * 3 / 2)
                entries.reserveCapacity(count)
                try scanner.members { (scanner, name, start) throws(JSONError) in
                    let file = try SafetensorsIndex.fileNumber(&scanner, name, &numbers)
                    entries.append(
                        Entry(hash: SafetensorsIndex.hash(name), start: Int32(start), file: file))
                }
            }
            try scanner.requireEnd()
            entries.sort { ($0.hash, $0.start) < ($1.hash, $1.start) }
            try SafetensorsIndex.checkNames(of: entries, in: bytes)
        } catch { throw .json(path: path, error) }
        guard !entries.isEmpty else {
            throw .index(path: path, name: "weight_map", reason: "it is missing or names no tensor")
        }
        let files = numbers.keys.sorted()
        guard files.count <= SafetensorsIndex.fileCountMax else {
            throw .index(
                path: path, name: "weight_map",
                reason: "it names \(files.count) files, allowed are \(SafetensorsIndex.fileCountMax)")
        }
        // From the order in which files are named to that of their names.
        var places = [Int32](repeating: 0, count: files.count)
        for (place, name) in files.enumerated() { places[Int(numbers[name] ?? 0)] = Int32(place) }
        for index in entries.indices {
            let entry = entries[index]
            entries[index] = Entry(hash: entry.hash, start: entry.start, file: places[Int(entry.file)])
        }
        (self.bytes, self.entries, self.files) = (bytes, entries, files)
    }

    /// Calls `body` with the name of each tensor and the place of its file in `files`.
    package func forEach(
        _ body: (_ tensor: String, _ file: Int) throws(SafetensorsError) -> Void
    ) throws(SafetensorsError) {
        for entry in entries { try body(SafetensorsIndex.name(at: entry.start, in: bytes), Int(entry.file)) }
    }

    private static func fileNumber(
        _ scanner: inout JSONScanner, _ tensor: String, _ numbers: inout [String: Int32]
    ) throws(JSONError) -> Int32 {
        let file = try scanner.string()
        guard isPlainName(file) else {
            throw scanner.error(
                "tensor \(tensor) is said to be in \"\(file)\", which is not a plain file name")
        }
        if let number = numbers[file] { return number }
        guard file.utf8.count <= fileNameByteCountMax else {
            throw scanner.error(
                "a file name has \(file.utf8.count) bytes, allowed are \(fileNameByteCountMax)")
        }
        try scanner.hold(file.utf8.count + 192)
        let number = Int32(numbers.count)
        numbers[file] = number
        return number
    }

    /// Makes sure that no two names are equal; equal ones have equal hashes.
    private static func checkNames(of entries: [Entry], in bytes: [UInt8]) throws(JSONError) {
        for (one, other) in zip(entries, entries.dropFirst()) where one.hash == other.hash {
            let name = name(at: other.start, in: bytes)
            guard self.name(at: one.start, in: bytes) != name else {
                throw JSONError(
                    byteOffset: Int(other.start), reason: "the key \"\(name)\" appears twice in one object")
            }
        }
    }

    /// The string that stands at `start`, which was read before.
    private static func name(at start: Int32, in bytes: [UInt8]) -> String {
        var scanner = JSONScanner(bytes, at: Int(start))
        do { return try scanner.string() } catch { preconditionFailure("a name was read there: \(error)") }
    }

    /// FNV-1a of a name's bytes.
    private static func hash(_ name: String) -> UInt64 {
        name.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    private static func isPlainName(_ name: String) -> Bool {
        !name.isEmpty && name != "." && name != ".." && !name.utf8.contains(UInt8(ascii: "/"))
            && !name.utf8.contains(0)
    }
}
