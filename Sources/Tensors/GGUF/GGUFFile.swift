/// One tensor of a GGUF file.
package struct GGUFTensor: Equatable, Sendable {
    /// Its name.
    package let name: String
    /// Dimensions in torch's order: the last one's elements are neighbours.
    package let dimensions: [Int]
    /// The number of its type in the file.
    package let typeNumber: UInt32
    /// How its rows are written; nil for a type that is not read here.
    package let format: RowFormat?
    /// Its bytes, from the start of the file; empty for a type that is not read here.
    package let range: Range<Int>
}

/// A GGUF file: its checked header, and reads of its metadata's arrays. Never mapped.
///
///     "GGUF", version, tensor count, value count; metadata (key, type, value); tensors (name, dimensions, type,
///     offset); nothing up to a multiple of the alignment; the tensors' bytes
package struct GGUFFile: Sendable {
    /// The versions that are read; they differ in nothing that is read here.
    static let versions: ClosedRange<UInt32> = 2...3
    /// Metadata values at most.
    static let valueCountMax = 1 << 16
    /// Tensors at most.
    static let tensorCountMax = 1 << 20
    /// Bytes of a key or of a tensor's name at most.
    static let nameByteCountMax = 1 << 16
    /// Bytes of a text at most.
    static let stringByteCountMax = 16 << 20
    /// Bytes of a text in an array at most.
    static let elementByteCountMax = 1 << 16
    /// Texts with more bytes stay in the file.
    static let keptStringByteCountMax = 4096
    /// What a value and a tensor take in all lists and tables that they are looked up by, with their making.
    private static let (valueByteCount, tensorByteCount) = (320, 512)
    /// Dimensions of a tensor at most.
    static let dimensionCountMax = 4
    /// The alignment that a file without a value of its own has, and the largest one.
    static let alignment = 32
    static let alignmentMax = 1 << 20

    /// The file.
    package let file: CheckpointFile
    /// In the order of the file.
    package let tensors: [GGUFTensor]
    /// The bytes before the tensors'.
    package let headerRange: Range<Int>
    /// The keys of the metadata, in the order of the file.
    package let keys: [String]

    private let values: [String: GGUFValue]
    private let positions: [String: Int]

    /// Opens a file and checks its header; reads no tensor.
    package init(path: String) throws(GGUFError) {
        let file: CheckpointFile
        do { file = try CheckpointFile(path: path) } catch { throw .file(error) }
        var scanner = GGUFScanner(file)
        let (tensorCount, valueCount) = try GGUFFile.readStart(&scanner)
        var keys: [String] = []
        var values: [String: GGUFValue] = [:]
        for _ in 0..<valueCount {
            let key = try scanner.string("a key", limit: GGUFFile.nameByteCountMax)
            let value = try scanner.value(try scanner.valueType())
            try scanner.hold(GGUFFile.valueByteCount + key.utf8.count + value.textByteCount)
            guard values.updateValue(value, forKey: key) == nil else {
                throw .metadata(path: path, key: key, reason: "is there twice")
            }
            keys.append(key)
        }
        var entries: [GGUFTensorEntry] = []
        for _ in 0..<tensorCount {
            let entry = try GGUFTensorEntry(&scanner)
            try scanner.hold(GGUFFile.tensorByteCount + entry.name.utf8.count)
            entries.append(entry)
        }
        let alignment = try GGUFFile.alignment(values["general.alignment"], path)
        let start = (scanner.position + alignment - 1) / alignment * alignment
        var tensors: [GGUFTensor] = []
        tensors.reserveCapacity(tensorCount)
        for entry in entries {
            tensors.append(try entry.tensor(file, start: min(start, file.byteCount), alignment: alignment))
        }
        try GGUFFile.checkOverlap(tensors, path)
        var positions: [String: Int] = [:]
        for (index, tensor) in tensors.enumerated()
        where positions.updateValue(index, forKey: tensor.name) != nil {
            throw .tensor(path: path, name: tensor.name, reason: "is there twice")
        }
        self.file = file
        self.tensors = tensors
        self.keys = keys
        self.values = values
        self.positions = positions
        headerRange = 0..<scanner.position
    }

    /// The metadata value of a key, or nil.
    package subscript(key: String) -> GGUFValue? { values[key] }

    /// The tensor of a name, or nil.
    package func tensor(_ name: String) -> GGUFTensor? { positions[name].map { tensors[$0] } }

    /// Calls `body` with every element of an array; texts come as their bytes, whatever these are.
    package func forEach(
        in array: GGUFArray, _ body: (GGUFElement) throws(GGUFError) -> Void
    ) throws(GGUFError) {
        var scanner = GGUFScanner(file, at: array.byteOffset)
        for _ in 0..<array.count {
            if array.type == .string {
                try body(.text(try scanner.stringBytes("a text", limit: GGUFFile.elementByteCountMax)))
            } else {
                try body(.value(try scanner.value(array.type)))
            }
        }
    }

    /// Calls `body` with the bytes of a long text, piece by piece.
    package func forEachPiece(
        of text: Range<Int>, _ body: ([UInt8]) throws(GGUFError) -> Void
    ) throws(GGUFError) {
        for start in stride(from: text.lowerBound, to: text.upperBound, by: GGUFFile.elementByteCountMax) {
            let end = min(text.upperBound, start + GGUFFile.elementByteCountMax)
            var bytes = [UInt8](repeating: 0, count: end - start)
            do { try file.read(start..<end, into: &bytes, at: 0) } catch { throw .file(error) }
            try body(bytes)
        }
    }

    private static func readStart(_ scanner: inout GGUFScanner) throws(GGUFError) -> (Int, Int) {
        // "GGUF", little-endian.
        guard scanner.remaining >= 4, try scanner.integer(UInt32.self, "the magic") == 0x4655_4747 else {
            throw .malformed(path: scanner.file.path, byteOffset: 0, reason: "the file is no GGUF file")
        }
        let version = try scanner.integer(UInt32.self, "the version")
        guard versions.contains(version) else {
            let isBigEndian = versions.contains(version.byteSwapped)
            throw scanner.error(
                isBigEndian
                    ? "the file is big-endian, which is not supported"
                    : "the version is \(version), allowed are \(versions.lowerBound) to \(versions.upperBound)"
            )
        }
        let tensorCount = try scanner.count("the tensor count", limit: tensorCountMax)
        return (tensorCount, try scanner.count("the value count", limit: valueCountMax))
    }

    private static func alignment(_ value: GGUFValue?, _ path: String) throws(GGUFError) -> Int {
        switch value {
        case nil: return alignment
        case .integer(let number) where (1...alignmentMax).contains(number) && number & (number - 1) == 0:
            return number
        case .some(let other):
            throw .metadata(
                path: path, key: "general.alignment",
                reason: "is \(other.excerpt), allowed is a power of two up to \(alignmentMax)")
        }
    }

    private static func checkOverlap(_ tensors: [GGUFTensor], _ path: String) throws(GGUFError) {
        var end = 0
        var last = ""
        var order = tensors.indices.filter { !tensors[$0].range.isEmpty }
        order.sort { tensors[$0].range.lowerBound < tensors[$1].range.lowerBound }
        for index in order {
            let tensor = tensors[index]
            guard tensor.range.lowerBound >= end else {
                throw .tensor(
                    path: path, name: tensor.name,
                    reason: "begins at byte \(tensor.range.lowerBound), before tensor \(last) ends at \(end)")
            }
            (end, last) = (tensor.range.upperBound, tensor.name)
        }
    }
}

/// An element of an array.
package enum GGUFElement {
    /// A text's bytes.
    case text([UInt8])
    /// Anything else.
    case value(GGUFValue)
}
