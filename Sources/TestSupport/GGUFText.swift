/// Writes the bytes of a GGUF file, right or wrong ones.
package struct GGUFText {
    /// What was written.
    package var bytes: [UInt8] = []

    /// Begins with nothing.
    package init() {}

    /// Appends a number.
    package mutating func add<Value: FixedWidthInteger>(_ value: Value) {
        for byte in 0..<Value.bitWidth / 8 { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * byte))) }
    }

    /// Appends a text behind its length.
    package mutating func add(_ text: String) {
        add(UInt64(text.utf8.count))
        bytes += text.utf8
    }

    /// Appends what a file begins with.
    package mutating func start(version: UInt32 = 3, tensors: UInt64 = 0, values: UInt64 = 0) {
        bytes += "GGUF".utf8
        add(version)
        add(tensors)
        add(values)
    }

    /// Appends a metadata value.
    package mutating func addValue(_ key: String, u32 value: UInt32) {
        add(key)
        add(UInt32(4))
        add(value)
    }

    /// Appends a metadata value.
    package mutating func addValue(_ key: String, _ text: String) {
        add(key)
        add(UInt32(8))
        add(text)
    }

    /// Appends an array of metadata.
    package mutating func addValue(_ key: String, _ texts: [String]) {
        addArray(key, type: 8, count: texts.count)
        for text in texts { add(text) }
    }

    /// Appends an array of metadata: bytes (type 0), 32-bit integers (5) or numbers' bits (6).
    package mutating func addValue<Value: FixedWidthInteger>(
        _ key: String, type: UInt32, _ values: [Value]
    ) {
        addArray(key, type: type, count: values.count)
        for value in values { add(value) }
    }

    private mutating func addArray(_ key: String, type: UInt32, count: Int) {
        add(key)
        add(UInt32(9))
        add(type)
        add(UInt64(count))
    }

    /// Appends what is said of a tensor.
    package mutating func addTensor(_ name: String, _ dimensions: [UInt64], type: UInt32, offset: UInt64) {
        add(name)
        add(UInt32(dimensions.count))
        for dimension in dimensions { add(dimension) }
        add(type)
        add(offset)
    }

    /// Appends the bytes of tensors.
    package mutating func addData(_ count: Int, alignment: Int = 32) {
        bytes += [UInt8](repeating: 0, count: (alignment - bytes.count % alignment) % alignment + count)
    }
}
