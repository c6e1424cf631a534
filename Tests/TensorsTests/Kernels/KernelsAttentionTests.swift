import Tensors
import Testing

@Suite struct KernelsAttentionTests {
    @Test(arguments: InstructionSet.available, KVType.allCases)
    func `one row at a time and many at once give the same bits`(set: InstructionSet, type: KVType) throws {
        let kernels = try Kernels(set)
        for dimension in [1, 5, 16, 33, 64, 100] {
            try oneRowAndMany(kernels, type, dimension)
        }
    }

    private func oneRowAndMany(_ kernels: Kernels, _ type: KVType, _ dimension: Int) throws {
        let scene = AttentionScene(
            kernels, type: type, dimension: dimension, positionCount: 300, seed: dimension)
        for window in [0, 1, 20, 290] {
            let range = window == 0 ? 0..<300 : 200..<300
            let single = scene.attend(kernels, range, step: 1, window: window)
            for step in [2, 3, 7, 8, 13, 31, 32] {
                #expect(
                    scene.attend(kernels, range, step: step, window: window) == single, "\(step), \(window)")
            }
        }
    }

    @Test(arguments: InstructionSet.vectorSets, KVType.allCases)
    func `vector sets have the plain one's bits`(set: InstructionSet, type: KVType) throws {
        for dimension in [1, 5, 16, 33, 64, 128, 200, 512] {
            try plainBits(set, type, dimension)
        }
    }

    private func plainBits(_ set: InstructionSet, _ type: KVType, _ dimension: Int) throws {
        let plain = try Kernels(.scalar), vector = try Kernels(set)
        let count = dimension > 100 ? 270 : 600
        let scene = AttentionScene(
            vector, type: type, dimension: dimension, positionCount: count, seed: dimension)
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
        for (dimension, type) in [(5, KVType.f32), (16, .f32), (33, .f32), (33, .f16), (20, .int8)] {
            let scene = AttentionScene(
                kernels, type: type, dimension: dimension, positionCount: 560, seed: dimension)
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

    /// Tolerance: sums of f32 products; what a type keeps of keys and values is known exactly.
    @Test(arguments: InstructionSet.available, KVType.allCases)
    func `values agree with softmax in f64`(set: InstructionSet, type: KVType) throws {
        let kernels = try Kernels(set)
        let scene = AttentionScene(kernels, type: type, dimension: 48, positionCount: 560, seed: 2)
        for window in [0, 100] {
            for position in [0, 1, 31, 32, 99, 100, 255, 256, 511, 512, 559] {
                let y = scene.attend(kernels, position..<position + 1, step: 1, window: window)
                for (bits, exact) in zip(y, scene.exact(position, window: window)) {
                    #expect(abs(Double(Float(bitPattern: bits)) - exact) < 2e-6)
                }
            }
        }
    }

    @Test(arguments: InstructionSet.available, KVType.allCases)
    func `several heads at one position have the bits of each alone`(set: InstructionSet, type: KVType) throws
    {
        let kernels = try Kernels(set)
        let dimension = 40
        let scene = AttentionScene(kernels, type: type, dimension: dimension, positionCount: 300, seed: 6)
        for (count, position, window) in [(2, 0, 0), (3, 299, 0), (7, 270, 33), (8, 255, 0), (11, 256, 300)] {
            let memory = TestMemory(Array(scene.queries[0..<count * dimension]))
            let queries = memory.matrix(count, dimension).readOnly
            let together = TestMemory(count: count * dimension), alone = TestMemory(count: count * dimension)
            func attend(_ rows: Range<Int>, isOnePosition: Bool, into out: MutableFloatView) {
                let group = AttentionRows(
                    queries: queries.rows(rows), firstPosition: position, isOnePosition: isOnePosition,
                    scale: scene.scale, window: window)
                kernels.attention(group, scene.cache, blockTable: scene.blockTable.span, into: out)
            }
            attend(0..<count, isOnePosition: true, into: together.matrix(count, dimension))
            for row in 0..<count {
                let out = alone.matrix(count, dimension).rows(row..<row + 1)
                attend(row..<row + 1, isOnePosition: false, into: out)
            }
            #expect(together.bits == alone.bits && together.isIntact, "\(count) heads at \(position)")
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

    @Test(arguments: InstructionSet.available, KVType.allCases)
    func `tiles computed apart and merged give the same bits`(set: InstructionSet, type: KVType) throws {
        let kernels = try Kernels(set)
        let dimension = 36
        let scene = AttentionScene(
            kernels, type: type, dimension: dimension, positionCount: 800, seed: 4)
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
