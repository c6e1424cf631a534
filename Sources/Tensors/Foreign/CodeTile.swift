import CKernels

/// How codes stand in the 32-bit words of a tensor: 32 / bits of them in a word, the lowest bits first.
package struct CodeWords: Equatable, Sendable {
    /// Which neighbours share a word.
    package enum Direction: Sendable {
        /// Inputs of one output; a line has a word for each output.
        case inputs
        /// Outputs of one input; a line is an input.
        case outputs
    }

    /// 4 or 8.
    package let bitCount: Int
    /// Which neighbours share a word.
    package let direction: Direction
    /// Whether a word's codes are in AWQ's order 0 2 4 6 1 3 5 7.
    package let isInterleaved: Bool

    /// Describes words; others are a bug.
    package init(bitCount: Int, direction: Direction, isInterleaved: Bool = false) {
        precondition(bitCount == 4 || bitCount == 8 && !isInterleaved, "\(bitCount) bits")
        self.bitCount = bitCount
        self.direction = direction
        self.isInterleaved = isInterleaved
    }

    /// Codes of one word.
    package var codeCount: Int { 32 / bitCount }
}

/// 32 outputs' codes, scales and zeros as a checkpoint has them, on their way into a tile of a pack.
package struct CodeTile: Sendable {
    private var codes: [UInt8] = []
    private var scales: [Float] = []
    private var zeros: [UInt8] = []

    /// Makes room that grows with what is taken.
    package init() {}

    /// Takes one output's Q4_0 or Q8_0 blocks, which begin at the source's start, as column `output` of the tile.
    mutating func take(_ source: RawSpan, _ format: BlockFormat, blockCount: Int, output: Int) {
        precondition(
            source.byteCount >= blockCount * format.byteCount && (0..<32).contains(output),
            "\(source.byteCount) bytes for \(blockCount) blocks, output \(output)")
        reserve(inputCount: blockCount * format.inputCount, groupCount: blockCount)
        unsafe source.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return }
            unsafe codes.withUnsafeMutableBufferPointer { codes in
                unsafe scales.withUnsafeMutableBufferPointer { scales in
                    unsafe sk_take_block_codes(
                        format.identifier, start, blockCount, output, codes.baseAddress!, scales.baseAddress!)
                }
            }
        }
    }

    /// Takes the codes of some outputs, at most 32, for all inputs; `columns` are their places in a line.
    package mutating func takeCodes(
        _ source: RawSpan, _ words: CodeWords, lineWordCount: Int, columns: [UInt32], inputCount: Int
    ) {
        reserve(inputCount: inputCount, groupCount: 0)
        CodeTile.take(source, words, lineWordCount, columns, inputCount, into: &codes)
    }

    /// Takes the zeros of the same outputs for all groups, packed along outputs, a line a group.
    package mutating func takeZeros(
        _ source: [UInt8], _ words: CodeWords, lineWordCount: Int, columns: [UInt32], groupCount: Int
    ) {
        precondition(words.direction == .outputs, "zeros are packed along outputs")
        reserve(inputCount: 0, groupCount: groupCount)
        unsafe CodeTile.take(source.span.bytes, words, lineWordCount, columns, groupCount, into: &zeros)
    }

    /// Takes the scales of the same outputs for all groups: `scales[group * lineCount + column]`.
    package mutating func takeScales(_ all: [Float], lineCount: Int, columns: [UInt32], groupCount: Int) {
        reserve(inputCount: 0, groupCount: groupCount)
        for group in 0..<groupCount {
            for (output, column) in columns.enumerated() {
                scales[group * 32 + output] = all[group * lineCount + Int(column)]
            }
        }
    }

    /// The largest zero of the first outputs and groups.
    package func zeroRange(outputCount: Int, groupCount: Int) -> ClosedRange<Int> {
        var (least, most) = (Int.max, 0)
        for group in 0..<groupCount {
            for output in 0..<outputCount {
                least = min(least, Int(zeros[group * 32 + output]))
                most = max(most, Int(zeros[group * 32 + output]))
            }
        }
        return min(least, most)...most
    }

    /// Stores the codes as they are. A group of the tile gets the scale and zero of group / `repeatCount` of the codes;
    /// zeros are raised by `zeroAddend`, or left out where the format has none. The target is zero before.
    package func store(
        outputCount: Int, inputCount: Int, as quantization: Quantization, zeroAddend: Int, repeatCount: Int,
        into target: UnsafeMutableRawBufferPointer
    ) {
        let groupCount = (inputCount + quantization.groupCount - 1) / quantization.groupCount
        let needed = 32 * ((groupCount + repeatCount - 1) / repeatCount)
        precondition(codes.count >= inputCount * 32 && scales.count >= needed && outputCount <= 32)
        precondition(!quantization.hasZeros || zeros.count >= needed, "codes without zeros")
        precondition(
            quantization.tileByteCount(inputCount: inputCount) == target.count,
            "\(target.count) bytes for a tile of \(inputCount) inputs")
        guard let start = target.baseAddress else { return }
        var value = quantization.kernelValue
        unsafe codes.withUnsafeBufferPointer { codes in
            unsafe scales.withUnsafeBufferPointer { scales in
                unsafe zeros.withUnsafeBufferPointer { zeros in
                    guard let first = codes.baseAddress, let scale = scales.baseAddress else { return }
                    unsafe sk_store_codes(
                        first, scale, quantization.hasZeros ? zeros.baseAddress : nil, UInt32(zeroAddend),
                        repeatCount, outputCount, inputCount, &value, start)
                }
            }
        }
    }

    /// Widens the codes to a packed f32 tile; `groups` has the group of every input.
    package func dequantize(
        outputCount: Int, groups: [UInt32], zeroAddend: Int, into tile: MutableFloatView
    ) {
        let needed = Int(groups.max() ?? 0) * 32 + 32
        precondition(
            tile.rowCount == 1 && tile.columnCount == groups.count * 32,
            "tile of \(tile.columnCount) elements for \(groups.count) inputs")
        precondition(
            codes.count >= groups.count * 32 && scales.count >= needed && zeros.count >= needed
                && outputCount <= 32)
        unsafe codes.withUnsafeBufferPointer { codes in
            unsafe scales.withUnsafeBufferPointer { scales in
                unsafe zeros.withUnsafeBufferPointer { zeros in
                    unsafe groups.withUnsafeBufferPointer { groups in
                        guard let first = codes.baseAddress, let scale = scales.baseAddress,
                            let zero = zeros.baseAddress, let group = groups.baseAddress
                        else { return }
                        unsafe sk_dequantize_codes(
                            first, scale, zero, UInt32(zeroAddend), group, outputCount, groups.count,
                            tile.base)
                    }
                }
            }
        }
    }

    private mutating func reserve(inputCount: Int, groupCount: Int) {
        if codes.count < inputCount * 32 { codes += repeatElement(0, count: inputCount * 32 - codes.count) }
        if scales.count < groupCount * 32 {
            scales += repeatElement(0, count: groupCount * 32 - scales.count)
            zeros += repeatElement(0, count: groupCount * 32 - zeros.count)
        }
    }

    private static func take(
        _ source: RawSpan, _ words: CodeWords, _ lineWordCount: Int, _ columns: [UInt32], _ lineCount: Int,
        into target: inout [UInt8]
    ) {
        guard let last = columns.max(), lineCount > 0 else { return }
        let isAlongInputs = words.direction == .inputs
        let lines = isAlongInputs ? (lineCount + words.codeCount - 1) / words.codeCount : lineCount
        let lastWord = isAlongInputs ? Int(last) : Int(last) / words.codeCount
        precondition(
            columns.count <= 32 && lastWord < lineWordCount, "column \(last) of a line of \(lineWordCount)")
        precondition(
            source.byteCount >= ((lines - 1) * lineWordCount + lastWord + 1) * 4
                && target.count >= lineCount * 32,
            "\(source.byteCount) bytes for \(lines) lines of \(lineWordCount) words")
        var value = sk_words(bits: UInt32(words.bitCount), is_interleaved: words.isInterleaved)
        unsafe source.withUnsafeBytes { bytes in
            unsafe columns.withUnsafeBufferPointer { columns in
                unsafe target.withUnsafeMutableBufferPointer { target in
                    guard let start = bytes.baseAddress, let column = columns.baseAddress,
                        let first = target.baseAddress
                    else { return }
                    let take = unsafe isAlongInputs ? sk_take_codes_along_inputs : sk_take_codes_along_outputs
                    unsafe take(&value, start, lineWordCount, column, columns.count, lineCount, first)
                }
            }
        }
    }
}
