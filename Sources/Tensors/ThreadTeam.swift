import CPlatform

/// The threads of one worker, which run one piece of work together and wait for each other.
///
/// The thread that makes the team is member 0 and the only one that may start a run; the others are pinned to
/// the given cores. A class because it owns threads: the last reference ends and joins them. A run allocates
/// nothing. Results do not depend on the member count as long as every item writes its own outputs.
@safe package final class ThreadTeam {
    /// Members at most.
    package static let memberCountMax = 256

    /// Threads, the caller's included.
    package let memberCount: Int
    private let team: OpaquePointer

    /// Starts the threads of members 1, 2, ...; `cores` has one CPU number a member, or is empty for no
    /// pinning.
    ///
    /// The caller's own thread, member 0, is left where it is.
    package init(memberCount: Int, cores: [Int] = []) throws(ThreadTeamError) {
        guard (1...Self.memberCountMax).contains(memberCount), cores.isEmpty || cores.count == memberCount
        else { throw .shape(memberCount: memberCount, coreCount: cores.count) }
        var error: Int32 = 0
        let numbers = cores.map { Int32(clamping: $0) }
        let created = unsafe numbers.withUnsafeBufferPointer { numbers in
            unsafe sk_thread_team_create(
                memberCount, numbers.isEmpty ? nil : numbers.baseAddress, &error)
        }
        guard let created = unsafe created else { throw .system(code: error, memberCount: memberCount) }
        self.memberCount = memberCount
        unsafe team = unsafe created
    }

    deinit { unsafe sk_thread_team_destroy(team) }

    /// Sets how many times a waiting member looks again before it sleeps; 0, as at first, sleeps at once.
    ///
    /// A sleeper costs the next run a system call and some ten microseconds: spin where there is a core per
    /// member.
    package func setSpinCount(_ count: UInt32) { unsafe sk_thread_team_set_spin_count(team, count) }

    /// Runs `body` with one contiguous range of 0 ..< itemCount a member; members without items are not
    /// called.
    ///
    /// Member m gets m * itemCount / memberCount ..< (m + 1) * itemCount / memberCount. Returns when all have
    /// ended. `body` runs on several threads at once: it writes what its own items own and nothing else.
    package func run(itemCount: Int, _ body: (Range<Int>) -> Void) {
        precondition(itemCount >= 0, "\(itemCount) items")
        let count = memberCount
        if itemCount == 0 { return }
        if count == 1 { return body(0..<itemCount) }
        unsafe runTeam(team) { member in
            let items = member * itemCount / count..<(member + 1) * itemCount / count
            if !items.isEmpty { body(items) }
        }
    }

    /// Runs `body` once an item, each member taking the next item when it has done one: for items of unequal
    /// size.
    ///
    /// Returns when all have ended. `body` runs on several threads at once, as with `run`.
    package func runEach(itemCount: Int, _ body: (Int) -> Void) {
        precondition(itemCount >= 0, "\(itemCount) items")
        if memberCount == 1 || itemCount <= 1 {
            for item in 0..<itemCount { body(item) }
            return
        }
        let team = unsafe self.team
        unsafe runTeam(team) { _ in
            var item = unsafe sk_thread_team_take(team)
            while item < itemCount {
                body(item)
                item = unsafe sk_thread_team_take(team)
            }
        }
    }
}

/// Why a team could not be made.
package enum ThreadTeamError: Error, Equatable, CustomStringConvertible {
    case shape(memberCount: Int, coreCount: Int)
    case system(code: Int32, memberCount: Int)

    package var description: String {
        switch self {
        case .shape(let members, let cores):
            "a thread team of \(members) members with \(cores) cores: there are 1 to "
                + "\(ThreadTeam.memberCountMax) members, and one core each or none"
        case .system(let code, let members):
            "a thread team of \(members) members cannot be started (errno \(code))"
        }
    }
}

/// sk_thread_team_run in CPlatform, which takes a closure as the Swift calling convention passes it: code and
/// context.
///
/// A closure stored on the way to another thread would be allocated on every run; this one is only passed on.
@_silgen_name("sk_thread_team_run")
private func runTeam(_ team: OpaquePointer, _ body: (Int) -> Void)
