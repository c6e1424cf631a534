import Synchronization
import Tensors
import Testing

@Suite struct ThreadTeamTests {
    @Test(arguments: [1, 2, 3, 5], [0, 1, 2, 7, 1000])
    func `every item runs once, whatever the spin count`(members: Int, items: Int) throws {
        let team = try ThreadTeam(memberCount: members)
        let memory = TestMemory([Float](repeating: 0, count: max(items, 1)))
        let counts = memory.vector
        for spin in [UInt32(0), 100, 0, 2000] {
            team.setSpinCount(spin)
            for _ in 0..<50 {
                team.run(itemCount: items) { range in
                    for item in range { counts[0, item] += 1 }
                }
                team.runEach(itemCount: items) { counts[0, $0] += 1 }
            }
        }
        #expect(memory.values.allSatisfy { $0 == (items == 0 ? 0 : 400) })
        #expect(memory.isIntact)
    }

    @Test func `ranges are contiguous, in member order and even`() throws {
        let team = try ThreadTeam(memberCount: 3)
        let memory = TestMemory([Float](repeating: 0, count: 10))
        let sizes = memory.vector
        team.run(itemCount: 10) { range in
            for item in range { sizes[0, item] = Float(range.lowerBound * 100 + range.count) }
        }
        #expect(memory.values == [3, 3, 3, 303, 303, 303, 604, 604, 604, 604])
    }

    @Test func `members work at the same time`() throws {
        let team = try ThreadTeam(memberCount: 2)
        let arrived = Atomic<Int>(0)
        // Each item waits for the other: this ends only if two members run.
        team.run(itemCount: 2) { _ in
            arrived.add(1, ordering: .sequentiallyConsistent)
            while arrived.load(ordering: .sequentiallyConsistent) < 2 {}
        }
        #expect(arrived.load(ordering: .relaxed) == 2)
    }

    @Test func `a team of another size than its cores is refused`() {
        #expect(throws: ThreadTeamError.shape(memberCount: 2, coreCount: 1)) {
            try ThreadTeam(memberCount: 2, cores: [0])
        }
        #expect(throws: ThreadTeamError.shape(memberCount: 0, coreCount: 0)) {
            try ThreadTeam(memberCount: 0)
        }
        #expect(throws: ThreadTeamError.shape(memberCount: 257, coreCount: 0)) {
            try ThreadTeam(memberCount: 257)
        }
        #expect(throws: ThreadTeamError.system(code: 22, memberCount: 2)) {
            try ThreadTeam(memberCount: 2, cores: [0, 1 << 20])
        }
    }

    @Test func `one core for all members still works`() throws {
        let team = try ThreadTeam(memberCount: 3, cores: [0, 0, 0])
        let memory = TestMemory([Float](repeating: 0, count: 30))
        let counts = memory.vector
        for _ in 0..<20 { team.runEach(itemCount: 30) { counts[0, $0] += 1 } }
        #expect(memory.values.allSatisfy { $0 == 20 })
    }

    @Test(arguments: InstructionSet.available)
    func `a matmul split over threads has the bits of the whole`(set: InstructionSet) throws {
        let kernels = try Kernels(set)
        var numbers = TestNumbers(seed: 11)
        let x = TestMemory(numbers.units(9 * 200))
        let tiles = TestMemory.tiles(numbers.units(300 * 200), outputCount: 300, inputCount: 200)
        let matrix = tiles.tiles(outputCount: 300, inputCount: 200)
        let whole = TestMemory(count: 9 * 300)
        kernels.matmul(x.matrix(9, 200).readOnly, matrix, rows: 0..<300, into: whole.matrix(9, 300))
        for members in [2, 3, 4] {
            let team = try ThreadTeam(memberCount: members)
            let y = TestMemory(count: 9 * 300)
            let view = y.matrix(9, 300), input = x.matrix(9, 200).readOnly
            team.run(itemCount: 10) { tiles in
                let rows = tiles.lowerBound * 32..<min(300, tiles.upperBound * 32)
                kernels.matmul(input, matrix, rows: rows, into: view.columns(rows))
            }
            #expect(y.bits == whole.bits)
        }
    }
}
