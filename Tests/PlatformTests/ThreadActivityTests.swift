import Glibc
import Testing

@testable import Platform

@Suite struct ThreadActivityTests {
    @Test("A stat line is read behind the name, whatever the name contains")
    func parsing() {
        let line = "412 (a) R 1 (x)) S 1 412 412 0 -1 4194560 96 0 0 0 7 5 0 0 20 0 1 0 8021"
        #expect(
            ThreadActivity.Thread(stat: line) == ThreadActivity.Thread(isRunnable: false, clockTicks: 12))
        let running = "9 (skein) R 1 9 9 0 -1 0 96 0 0 0 700 50 0 0 20 0 1 0 8021 2945024 227 18446"
        #expect(
            ThreadActivity.Thread(stat: running) == ThreadActivity.Thread(isRunnable: true, clockTicks: 750))
        #expect(ThreadActivity.Thread(stat: "") == nil)
        #expect(ThreadActivity.Thread(stat: "9 (skein) R 1 9") == nil)
    }

    @Test("Starved is who can run and hardly has; not who sleeps, who runs, or who is new")
    func starvation() {
        func isStarved(_ before: UInt64, _ now: UInt64, isRunnable: Bool) -> Bool {
            let earlier = ThreadActivity(threads: [1: .init(isRunnable: true, clockTicks: before)])
            return ThreadActivity(threads: [1: .init(isRunnable: isRunnable, clockTicks: now)])
                .isStarved(since: earlier)
        }
        #expect(isStarved(100, 104, isRunnable: true))
        #expect(!isStarved(100, 105, isRunnable: true))
        #expect(!isStarved(100, 100, isRunnable: false))
        let new = ThreadActivity(threads: [2: .init(isRunnable: true, clockTicks: 0)])
        #expect(!new.isStarved(since: ThreadActivity()))
    }

    @Test("This process has its own main thread; a process that is gone has none")
    func sample() {
        let activity = ThreadActivity.sample(pid: getpid())
        #expect(activity.threads[getpid()] != nil)
        #expect(activity.threads.values.contains { $0.isRunnable })
        #expect(ThreadActivity.sample(pid: -1).threads.isEmpty)
    }
}
