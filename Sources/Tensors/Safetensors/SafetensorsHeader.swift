/// One tensor of a safetensors file.
package struct SafetensorsTensor: Equatable, Sendable {
    /// Its key in the header.
    package let name: String
    /// Element type.
    package let dtype: DType
    /// Dimensions.
    package let shape: Shape
    /// Its bytes, from the start of the file; as many as shape and type say.
    package let range: Range<Int>
}

/// A safetensors header, parsed and checked: every tensor's bytes lie in the file, no two share one, none is
/// left over, and each has as many as its shape and type say.
package struct SafetensorsHeader: Equatable, Sendable {
    /// Bytes of the JSON at most, the reference implementation's limit.
    package static let byteCountMax = 100_000_000
    /// Tensors in one file at most.
    package static let tensorCountMax = 1 << 16
    /// Bytes of the length field before the JSON.
    package static let lengthByteCount = 8

    /// What a tensor takes in all lists and tables that a checkpoint is looked up by, with their making.
    private static let tensorByteCount = 1024
    /// What a member of `__metadata__` takes beside its bytes.
    private static let tagByteCount = 320

    /// In ascending order of `range`.
    package let tensors: [SafetensorsTensor]
    /// `__metadata__`.
    package let metadata: [String: String]

    /// Parses the JSON of a file of `fileByteCount` bytes whose tensors begin at `tensorsStart`.
    package init(
        parsing json: [UInt8], path: String, tensorsStart: Int, fileByteCount: Int
    ) throws(SafetensorsError) {
        var entries: [Entry] = []
        var metadata: [String: String] = [:]
        do throws(JSONError) {
            guard json.first == UInt8(ascii: "{") else {
                throw JSONError(byteOffset: 0, reason: "the header does not begin with {")
            }
            // The header's bytes are kept, too.
            var scanner = JSONScanner(
                json,
                heldByteCountMax: 2 * fileByteCount - json.count + JSONScanner.heldByteCountAllowance)
            try scanner.object { (scanner, key) throws(JSONError) in
                if key == "__metadata__" {
                    try scanner.object { (scanner, key) throws(JSONError) in
                        let text = try scanner.string()
                        try scanner.hold(SafetensorsHeader.tagByteCount + key.utf8.count + text.utf8.count)
                        metadata[key] = text
                    }
                } else {
                    guard entries.count < SafetensorsHeader.tensorCountMax else {
                        throw scanner.error("there are more than \(SafetensorsHeader.tensorCountMax) tensors")
                    }
                    try scanner.hold(SafetensorsHeader.tensorByteCount + key.utf8.count)
                    entries.append(try Entry(name: key, scanner: &scanner))
                }
            }
            try scanner.requireEnd()
        } catch { throw .json(path: path, error) }

        let available = fileByteCount - tensorsStart
        var tensors: [SafetensorsTensor] = []
        for entry in entries {
            tensors.append(try entry.tensor(path, start: tensorsStart, available: available))
        }
        tensors.sort {
            ($0.range.lowerBound, $0.range.upperBound, $0.name) < (
                $1.range.lowerBound, $1.range.upperBound, $1.name
            )
        }
        try SafetensorsHeader.checkCover(of: tensors, path: path, start: tensorsStart, end: fileByteCount)
        self.tensors = tensors
        self.metadata = metadata
    }

    /// Makes sure that the tensors follow one another without gap or overlap from `start` to `end`.
    private static func checkCover(
        of tensors: [SafetensorsTensor], path: String, start: Int, end: Int
    ) throws(SafetensorsError) {
        var position = start
        var last = ""
        for tensor in tensors {
            let next = tensor.range.lowerBound
            if next < position {
                throw .overlap(
                    path: path, first: last, firstEnd: position - start, second: tensor.name,
                    secondStart: next - start)
            }
            if next > position {
                throw .hole(path: path, range: position - start..<next - start, before: tensor.name)
            }
            position = tensor.range.upperBound
            last = tensor.name
        }
        if position < end { throw .hole(path: path, range: position - start..<end - start, before: nil) }
    }
}

extension SafetensorsHeader {
    /// A tensor's three fields before they are checked against each other and the file.
    private struct Entry {
        let name: String
        var dtypeName: String?
        var dimensions: [Int]?
        var offsets: [Int]?

        init(name: String, scanner: inout JSONScanner) throws(JSONError) {
            self.name = name
            var dtypeName: String?
            var dimensions: [Int]?
            var offsets: [Int]?
            try scanner.object { (scanner, key) throws(JSONError) in
                switch key {
                case "dtype": dtypeName = try scanner.string()
                case "shape":
                    dimensions = try Entry.counts(&scanner, max: Shape.dimensionCountMax, of: name, key)
                case "data_offsets": offsets = try Entry.counts(&scanner, max: 2, of: name, key)
                default:
                    throw scanner.error(
                        "tensor \(name) has the key \"\(key)\", allowed are dtype, shape, data_offsets")
                }
            }
            (self.dtypeName, self.dimensions, self.offsets) = (dtypeName, dimensions, offsets)
        }

        private static func counts(
            _ scanner: inout JSONScanner, max: Int, of name: String, _ key: String
        ) throws(JSONError) -> [Int] {
            var counts: [Int] = []
            try scanner.array { (scanner) throws(JSONError) in
                let value = try scanner.number()
                guard case .integer(let count) = value, count >= 0 else {
                    throw scanner.error("tensor \(name): \(key) holds \(value.excerpt), not a count")
                }
                guard counts.count < max else {
                    throw scanner.error("tensor \(name): \(key) has more than \(max) numbers")
                }
                counts.append(count)
            }
            return counts
        }

        func tensor(_ path: String, start: Int, available: Int) throws(SafetensorsError) -> SafetensorsTensor
        {
            func refusal(_ reason: String) -> SafetensorsError {
                .tensor(path: path, name: name, reason: reason)
            }
            guard let dtypeName, let dimensions, let offsets else {
                throw refusal("dtype, shape or data_offsets is missing")
            }
            guard let dtype = DType(rawValue: dtypeName) else {
                let allowed = DType.allCases.map(\.rawValue).joined(separator: ", ")
                throw refusal("dtype is \"\(dtypeName)\", allowed are \(allowed)")
            }
            guard offsets.count == 2, offsets[0] <= offsets[1] else {
                throw refusal("data_offsets are \(offsets), two ascending numbers are needed")
            }
            guard offsets[1] <= available else {
                throw refusal("data_offsets are \(offsets), and the file has \(available) bytes of tensors")
            }
            guard let shape = Shape(dimensions), let byteCount = shape.byteCount(of: dtype) else {
                throw refusal("the product of shape \(dimensions) and \(dtypeName) overflows")
            }
            guard byteCount == offsets[1] - offsets[0] else {
                throw refusal(
                    "shape \(shape) of \(dtypeName) is \(byteCount) bytes, data_offsets \(offsets) are "
                        + "\(offsets[1] - offsets[0])")
            }
            return SafetensorsTensor(
                name: name, dtype: dtype, shape: shape, range: start + offsets[0]..<start + offsets[1])
        }
    }
}
