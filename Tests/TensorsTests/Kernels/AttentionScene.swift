import Foundation
import Tensors
import Testing

/// What some families do to scores.
struct ScoreSteps: CustomStringConvertible, Sendable {
    var softCap: Float = 0
    /// Times the key's distance, or where `isByPosition` its position.
    var slope: Float = 0
    var isByPosition = false

    static let all = [
        ScoreSteps(softCap: 1.5), ScoreSteps(slope: 0.0625), ScoreSteps(slope: 0.3, isByPosition: true),
        ScoreSteps(softCap: 2, slope: 0.01),
    ]

    var description: String { "cap \(softCap), slope \(slope)\(isByPosition ? " by position" : "")" }

    /// A table for so many positions: by distance, the distance 0 stands behind the longest.
    func bias(positionCount: Int) -> AttentionBias? {
        guard slope != 0 else { return nil }
        let zero = isByPosition ? 0 : positionCount
        let table = (0..<positionCount + AttentionBias.paddingCount).map { slope * Float($0 - zero) }
        return AttentionBias(
            table: TestMemory(table).vector.readOnly, zeroDistance: isByPosition ? nil : zero)
    }

    /// The steps in f64.
    func exact(_ score: Double, key: Int, query: Int) -> Double {
        let capped = softCap > 0 ? tanh(score / Double(softCap)) * Double(softCap) : score
        return capped + Double(slope) * Double(isByPosition ? key : key - query)
    }
}

/// A sequence's cache of one KV head in a shuffled pool, and its queries at every position.
struct AttentionScene {
    let dimension: Int
    let positionCount: Int
    let type: KVType
    let pool: TestMemory
    let cache: KVHeadView
    let blockTable: [Int32]
    let keys: [Float], values: [Float], queries: [Float]

    /// Everything that lies at positions not stored is NaN, in the pool's other blocks, too.
    init(
        _ kernels: Kernels, type: KVType = .f32, dimension: Int, positionCount: Int, seed: Int,
        tableSeed: Int = 1
    ) {
        var numbers = TestNumbers(seed: seed)
        let count = positionCount * dimension
        (keys, values, queries) = (
            numbers.units(count, scale: 2), numbers.units(count), numbers.units(count, scale: 3)
        )
        let blocks = (positionCount + 31) / 32
        // Room for a second head between the blocks, which stays NaN.
        let matrix = (type.matrixByteCount(headDimension: dimension) + 63) / 64 * 64
        let stride = 4 * matrix + 64
        pool = TestMemory(count: stride / 4 * (blocks + 3))
        cache = unsafe KVHeadView(
            base: UnsafeMutableRawPointer(pool.base), type: type, blockCount: blocks + 3, blockStride: stride,
            keyOffset: 2 * matrix, valueOffset: 68, headDimension: dimension)
        self.type = type
        var order = TestNumbers(seed: tableSeed)
        var free = (0..<Int32(blocks + 3)).map { $0 }
        blockTable = (0..<blocks).map { _ in free.remove(at: order.index(below: free.count)) }
        self.dimension = dimension
        self.positionCount = positionCount
        for position in 0..<positionCount {
            let key = TestMemory(Array(keys[position * dimension..<(position + 1) * dimension]))
            let value = TestMemory(Array(values[position * dimension..<(position + 1) * dimension]))
            kernels.storeKeyValue(
                key: key.vector.readOnly, value: value.vector.readOnly, in: cache,
                block: blockTable[position / 32],
                positionInBlock: position % 32)
        }
    }

    var scale: Float { 1 / Float(dimension).squareRoot() }

    /// Rows at the positions first ..< first + count.
    func rows(
        _ first: Int, _ count: Int, window: Int, steps: ScoreSteps = ScoreSteps()
    ) -> (memory: TestMemory, rows: AttentionRows) {
        let memory = TestMemory(Array(queries[first * dimension..<(first + count) * dimension]))
        let view = memory.matrix(count, dimension).readOnly
        return (
            memory,
            AttentionRows(
                queries: view, firstPosition: first, scale: scale, window: window, softCap: steps.softCap,
                bias: steps.bias(positionCount: positionCount))
        )
    }

    /// attention's bits for the positions of a range, `step` rows a call.
    func attend(
        _ kernels: Kernels, _ range: Range<Int>, step: Int, window: Int = 0, steps: ScoreSteps = ScoreSteps()
    ) -> [UInt32] {
        var result: [UInt32] = []
        for first in stride(from: range.lowerBound, to: range.upperBound, by: step) {
            let count = min(step, range.upperBound - first)
            let group = rows(first, count, window: window, steps: steps)
            let out = TestMemory(count: count * (dimension + 7))
            kernels.attention(
                group.rows, cache, blockTable: blockTable.span,
                into: out.matrix(count, dimension, stride: dimension + 7))
            let values = out.values
            #expect(out.isIntact)
            result += bitsOf(
                (0..<count).flatMap { values[$0 * (dimension + 7)..<$0 * (dimension + 7) + dimension] })
        }
        return result
    }

    /// Softmax attention of one position in f64, over keys and values as they are stored.
    func exact(_ position: Int, window: Int, steps: ScoreSteps = ScoreSteps()) -> [Double] {
        let keys = type.stored(keys, dimension: dimension), values = type.stored(values, dimension: dimension)
        let first = window > 0 ? max(0, position - window + 1) : 0
        let query = queries[position * dimension..<(position + 1) * dimension]
        let scores = (first...position).map { key in
            steps.exact(
                zip(query, keys[key * dimension..<(key + 1) * dimension]).reduce(0.0) {
                    $0 + Double($1.0) * $1.1
                } * Double(scale), key: key, query: position)
        }
        let largest = scores.max() ?? 0
        let weights = scores.map { exp($0 - largest) }
        let total = weights.reduce(0, +)
        return (0..<dimension).map { d in
            weights.indices.reduce(0.0) { $0 + weights[$1] * values[(first + $1) * dimension + d] }
                / total
        }
    }
}

extension KVType {
    /// What is kept of vectors of so many numbers, exactly, by Swift's own f16 and f64 arithmetic.
    func stored(_ numbers: [Float], dimension: Int) -> [Double] {
        switch self {
        case .f32: return numbers.map(Double.init)
        case .f16: return numbers.map { Double(Float16(max(-65504, min(65504, $0)))) }
        case .int8:
            return stride(from: 0, to: numbers.count, by: dimension).flatMap { start in
                let vector = numbers[start..<start + dimension]
                let largest = vector.map(abs).max() ?? 0
                guard largest > 0 else { return vector.map { _ in 0.0 } }
                let scale = Double(largest / 127)
                return vector.map { scale * Double(($0 * (127 / largest)).rounded(.toNearestOrEven)) }
            }
        }
    }
}

extension AttentionScene {
    /// The scene with one key so aligned to the last query that all other weights become +0.
    func strengthened(_ kernels: Kernels, position: Int) -> AttentionScene {
        let last = queries[(positionCount - 1) * dimension..<positionCount * dimension]
        let key = TestMemory(last.map { $0 * 200 })
        let value = TestMemory(Array(values[position * dimension..<(position + 1) * dimension]))
        kernels.storeKeyValue(
            key: key.vector.readOnly, value: value.vector.readOnly, in: cache,
            block: blockTable[position / 32],
            positionInBlock: position % 32)
        return self
    }
}
