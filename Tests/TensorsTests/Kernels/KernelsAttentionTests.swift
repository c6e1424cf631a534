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
    let pool: TestMemory
    let cache: KVHeadView
    let blockTable: [Int32]
    let keys: [Float], values: [Float], queries: [Float]

    /// Everything that lies at positions not stored is NaN, in the pool's other blocks, too.
    init(_ kernels: Kernels, dimension: Int, positionCount: Int, seed: Int, tableSeed: Int = 1) {
        var numbers = TestNumbers(seed: seed)
        let count = positionCount * dimension
        (keys, values, queries) = (
            numbers.units(count, scale: 2), numbers.units(count), numbers.units(count, scale: 3)
        )
        let blocks = (positionCount + 31) / 32
        // Room for a second head between the blocks, which stays NaN.
        let stride = (4 * 32 * dimension + 15) / 16 * 16 + 16
        pool = TestMemory(count: stride * (blocks + 3))
        cache = unsafe KVHeadView(
            base: pool.base, blockCount: blocks + 3, blockStride: stride, keyOffset: 2 * 32 * dimension,
            valueOffset: 16, headDimension: dimension)
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

    /// Softmax attention of one position in f64.
    func exact(_ position: Int, window: Int, steps: ScoreSteps = ScoreSteps()) -> [Double] {
        let first = window > 0 ? max(0, position - window + 1) : 0
        let query = queries[position * dimension..<(position + 1) * dimension]
        let scores = (first...position).map { key in
            steps.exact(
                zip(query, keys[key * dimension..<(key + 1) * dimension]).reduce(0.0) {
                    $0 + Double($1.0) * Double($1.1)
                } * Double(scale), key: key, query: position)
        }
        let largest = scores.max() ?? 0
        let weights = scores.map { exp($0 - largest) }
        let total = weights.reduce(0, +)
        return (0..<dimension).map { d in
            weights.indices.reduce(0.0) { $0 + weights[$1] * Double(values[(first + $1) * dimension + d]) }
                / total
        }
    }
}

@Suite struct KernelsAttentionTests {
    @Test(arguments: InstructionSet.available, [1, 5, 16, 33, 64, 100])
    func `one row at a time and many at once give the same bits`(set: InstructionSet, dimension: Int) throws {
        let kernels = try Kernels(set)
        let scene = AttentionScene(kernels, dimension: dimension, positionCount: 300, seed: dimension)
        for window in [0, 1, 20, 290] {
            let range = window == 0 ? 0..<300 : 200..<300
            let single = scene.attend(kernels, range, step: 1, window: window)
            for step in [2, 3, 7, 8, 13, 31, 32] {
                #expect(
                    scene.attend(kernels, range, step: step, window: window) == single, "\(step), \(window)")
            }
        }
    }

    @Test(arguments: InstructionSet.vectorSets, [1, 5, 16, 33, 64, 128, 200, 512])
    func `vector sets have the plain one's bits`(set: InstructionSet, dimension: Int) throws {
        let plain = try Kernels(.scalar), vector = try Kernels(set)
        let count = dimension > 100 ? 270 : 600
        let scene = AttentionScene(vector, dimension: dimension, positionCount: count, seed: dimension)
        for window in [0, 33, 256] {
            for range in [0..<40, 230..<262, count - 70..<count] {
                let expected = scene.attend(plain, range, step: 32, window: window)
                #expect(
                    scene.attend(vector, range, step: 32, window: window) == expected, "\(range), \(window)")
            }
        }
    }

    @Test(arguments: InstructionSet.available, ScoreSteps.all)
    func `caps and biases have the plain one's bits and agree with f64`(
        set: InstructionSet, steps: ScoreSteps
    ) throws {
        let plain = try Kernels(.scalar), kernels = try Kernels(set)
        for dimension in [5, 16, 33] {
            let scene = AttentionScene(kernels, dimension: dimension, positionCount: 560, seed: dimension)
            for window in [0, 33] {
                for range in [0..<40, 230..<262, 490..<560] {
                    let expected = scene.attend(plain, range, step: 32, window: window, steps: steps)
                    for step in [1, 7, 32] {
                        let found = scene.attend(kernels, range, step: step, window: window, steps: steps)
                        #expect(found == expected, "\(dimension), \(window), \(range), \(step)")
                    }
                }
                for position in [0, 31, 32, 256, 511, 559] {
                    let y = scene.attend(
                        kernels, position..<position + 1, step: 1, window: window, steps: steps)
                    for (bits, exact) in zip(y, scene.exact(position, window: window, steps: steps)) {
                        // A bias by position is large, and a score's rounding with it.
                        #expect(
                            abs(Double(Float(bitPattern: bits)) - exact) < (steps.isByPosition ? 5e-5 : 2e-6))
                    }
                }
            }
        }
    }

    @Test(arguments: InstructionSet.available)
    func `values agree with softmax in f64`(set: InstructionSet) throws {
        let kernels = try Kernels(set)
        let scene = AttentionScene(kernels, dimension: 48, positionCount: 560, seed: 2)
        for window in [0, 100] {
            for position in [0, 1, 31, 32, 99, 100, 255, 256, 511, 512, 559] {
                let y = scene.attend(kernels, position..<position + 1, step: 1, window: window)
                for (bits, exact) in zip(y, scene.exact(position, window: window)) {
                    #expect(abs(Double(Float(bitPattern: bits)) - exact) < 2e-6)
                }
            }
        }
    }

    @Test(arguments: InstructionSet.available)
    func `where blocks lie makes no difference`(set: InstructionSet) throws {
        let kernels = try Kernels(set)
        let scenes = (1...3).map {
            AttentionScene(kernels, dimension: 20, positionCount: 290, seed: 3, tableSeed: $0)
        }
        #expect(scenes[0].blockTable != scenes[1].blockTable)
        let bits = scenes.map { $0.attend(kernels, 250..<290, step: 32) }
        #expect(bits[0] == bits[1] && bits[0] == bits[2])
        #expect(!bits[0].contains(0x7FC0_0000))
    }

    @Test(arguments: InstructionSet.available)
    func `tiles computed apart and merged give the same bits`(set: InstructionSet) throws {
        let kernels = try Kernels(set)
        let dimension = 36
        let scene = AttentionScene(kernels, dimension: dimension, positionCount: 800, seed: 4)
        for (first, count, window) in [
            (0, 9, 0), (250, 20, 0), (500, 32, 0), (768, 32, 0), (760, 32, 300), (799, 1, 2),
        ] {
            let group = scene.rows(first, count, window: window)
            // All tiles from 0 on, those without a visible key included.
            let tileCount = group.rows.tiles.upperBound
            let partials = TestMemory(count: tileCount * count * (dimension + 2))
            for tile in (0..<tileCount).reversed() {
                let part = partials.matrix(tileCount * count, dimension + 2).rows(
                    tile * count..<(tile + 1) * count)
                kernels.attentionTile(
                    group.rows, scene.cache, blockTable: scene.blockTable.span, tile: tile, into: part)
                if !group.rows.tiles.contains(tile) {
                    #expect((0..<count).allSatisfy { part[$0, 1].bitPattern == 0 })
                }
            }
            let out = TestMemory(count: count * dimension)
            kernels.mergeAttention(
                partials.matrix(tileCount * count, dimension + 2).readOnly, into: out.matrix(count, dimension)
            )
            #expect(out.bits == scene.attend(kernels, first..<first + count, step: 32, window: window))
            #expect(out.isIntact && partials.isIntact)
        }
    }

    @Test(arguments: InstructionSet.available)
    func `scores far apart give one key all the weight`(set: InstructionSet) throws {
        let kernels = try Kernels(set)
        var scene = AttentionScene(kernels, dimension: 16, positionCount: 300, seed: 5)
        let strong = 270
        scene = scene.strengthened(kernels, position: strong)
        let y = scene.attend(kernels, 299..<300, step: 1)
        #expect(y == bitsOf(Array(scene.values[strong * 16..<(strong + 1) * 16])))
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
