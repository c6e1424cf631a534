import Dispatch
import Platform
import Testing

@Suite struct ControlPageTests {
    @Test("A worker's mapping and the controller's are the same page")
    func sharing() throws {
        let controller = try ControlPage(rankCount: 3)
        let worker = try ControlPage(adopting: controller.descriptor)
        #expect(worker.rankCount == 3)
        #expect(worker.spinBudgetNanoseconds == 0 && !worker.isAborted)
        controller.spinBudgetNanoseconds = 50_000
        #expect(worker.spinBudgetNanoseconds == 50_000)
        let rank = worker.rank(2)
        rank.enter(.computing)
        rank.begin(step: 1 << 40)
        rank.approach(layer: 7, gather: 4)
        rank.addRead(byteCount: 1000)
        rank.addGathered(byteCount: 24)
        let snapshots = controller.snapshots()
        #expect(snapshots[0] == RankSnapshot() && snapshots[1] == RankSnapshot())
        #expect(snapshots[2].state == .computing && snapshots[2].step == 1 << 40)
        #expect(snapshots[2].layer == 7 && snapshots[2].gather == 4)
        #expect(snapshots[2].readByteCount == 1000 && snapshots[2].gatheredByteCount == 24)
        #expect(snapshots[2].progress == 3)
        worker.abort()
        #expect(controller.isAborted)
    }

    @Test("Neighbouring lines do not touch, for as many ranks as there may be")
    func lines() throws {
        let page = try ControlPage(rankCount: ControlPage.rankCountMax)
        for rank in 0..<ControlPage.rankCountMax {
            for _ in 0...rank { page.rank(rank).bump() }
            page.rank(rank).approach(layer: rank, gather: 100 + rank)
        }
        for (rank, snapshot) in page.snapshots().enumerated() {
            #expect(snapshot.progress == UInt64(rank) + 2)
            #expect(snapshot.layer == UInt32(rank) && snapshot.gather == UInt32(100 + rank))
        }
        #expect(!page.isAborted && page.spinBudgetNanoseconds == 0)
    }

    @Test("Time is credited to the state that is left, and idle time to none")
    func times() throws {
        let rank = try ControlPage(rankCount: 1).rank(0)
        #expect(rank.snapshot().state == .loading)
        rank.enter(.idle)
        rank.enter(.idle)
        #expect(rank.snapshot().computeNanoseconds == 0 && rank.snapshot().waitNanoseconds == 0)
        rank.enter(.computing)
        rank.enter(.waiting)
        let computed = rank.snapshot()
        #expect(computed.computeNanoseconds > 0 && computed.waitNanoseconds == 0)
        rank.enter(.computing)
        let waited = rank.snapshot()
        #expect(waited.computeNanoseconds == computed.computeNanoseconds && waited.waitNanoseconds > 0)
        rank.enter(.idle)
        #expect(rank.snapshot().waitNanoseconds == waited.waitNanoseconds)
        #expect(rank.snapshot().computeNanoseconds > waited.computeNanoseconds)
    }

    @Test("No bump is lost when several threads bump at once")
    func bumps() throws {
        let page = try ControlPage(rankCount: 1)
        let done = DispatchSemaphore(value: 0)
        for _ in 0..<4 {
            DedicatedThread.start(name: "bump") {
                for _ in 0..<10_000 { page.rank(0).bump() }
                done.signal()
            }
        }
        for _ in 0..<4 { done.wait() }
        #expect(page.snapshots()[0].progress == 40_000)
    }

    @Test("A page that names no rank, or too many, is refused", arguments: [0, 17] as [UInt32])
    func foreignPage(rankCount: UInt32) throws {
        let file = try MemoryFile.create(name: "foreign", byteCount: ControlPage.byteCount)
        let region = try file.map(.readWrite)
        unsafe region.base.storeBytes(of: rankCount, as: UInt32.self)
        let error = #expect(throws: SystemError.self) { try ControlPage(adopting: file.descriptor) }
        #expect(error?.code == .unexpectedDescriptor)
    }
}
