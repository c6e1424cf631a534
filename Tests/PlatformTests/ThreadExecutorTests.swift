import Dispatch
import Glibc
import Platform
import Testing

/// An actor that may block, as a Reader does.
private actor Blocker {
    private nonisolated let executor: ThreadExecutor
    private var order: [Int] = []

    init(_ executor: ThreadExecutor) { self.executor = executor }

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.unowned }

    /// Not pthread_self, which the compiler may ask once and remember across a suspension.
    func thread() -> String {
        var path = [CChar](repeating: 0, count: 64)
        let count = unsafe readlink("/proc/thread-self", &path, path.count)
        return String(decoding: path.prefix(max(0, count)).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    func append(_ number: Int) { order.append(number) }

    func numbers() -> [Int] { order }

    func block(started: DispatchSemaphore, until gate: DispatchSemaphore) {
        started.signal()
        gate.wait()
    }
}

@Suite(.timeLimit(.minutes(5))) struct ThreadExecutorTests {
    @Test("An actor runs on its executor's own thread, always the same")
    func ownThread() async {
        let executor = ThreadExecutor(name: "test-own")
        let blocker = Blocker(executor)
        let first = await blocker.thread()
        await Task.yield()
        #expect(await blocker.thread() == first)
        let other = ThreadExecutor(name: "test-other")
        #expect(await Blocker(other).thread() != first)
        other.stop()
        #expect(first.contains("/task/"))
        executor.stop()
    }

    @Test("Actors that block keep neither each other nor the cooperative pool from running")
    func blocking() async {
        let started = DispatchSemaphore(value: 0)
        let gate = DispatchSemaphore(value: 0)
        let executors = (0..<32).map { ThreadExecutor(name: "test-block-\($0)") }
        let blockers = executors.map(Blocker.init)
        await withTaskGroup { group in
            for blocker in blockers {
                group.addTask { await blocker.block(started: started, until: gate) }
            }
            // Runs on the pool while all 32 are blocked, or this test never ends.
            group.addTask {
                await withCheckedContinuation { reply in
                    DedicatedThread.start(name: "test-count") {
                        for _ in blockers { started.wait() }
                        reply.resume()
                    }
                }
                for _ in blockers { gate.signal() }
            }
        }
        executors.forEach { $0.stop() }
    }

    @Test("Jobs queued before stop still run, later ones too, and no thread is left")
    func stopping() async {
        let executor = ThreadExecutor(name: "test-stop")
        let blocker = Blocker(executor)
        let started = DispatchSemaphore(value: 0)
        let gate = DispatchSemaphore(value: 0)
        await withTaskGroup { group in
            group.addTask { await blocker.block(started: started, until: gate) }
            for number in 0..<100 { group.addTask { await blocker.append(number) } }
            executor.stop()
            gate.signal()
        }
        #expect(await blocker.numbers().sorted() == Array(0..<100))
        await blocker.append(100)
        #expect(await blocker.numbers().count == 101)
        while executor.isRunning { await Task.yield() }
    }
}
