import CPlatform
import Glibc

/// A child that was started and has not been reaped; the supervisor reaps it.
package struct SpawnedProcess: Sendable {
    /// Its process id, which is also the id of its process group.
    package let pid: Int32
    /// Becomes readable when the process ends.
    package let pidfd: OwnedDescriptor
    /// The read end of the pipe that is its standard error.
    package let standardError: OwnedDescriptor

    /// Kills the process and everything in its process group. Harmless when it is gone but not yet reaped.
    package func killGroup() {
        kill(-pid, SIGKILL)
    }

    /// Reaps the process if it has ended; nil while it runs. After a result, `pid` means nothing any more.
    package func reap() throws(SystemError) -> ProcessExit? {
        var number: Int32 = 0
        let kind = unsafe try SystemError.check(
            skein_reap(pidfd.rawValue, &number), "waitid", "for pid \(pid)")
        switch skein_exit_kind(UInt32(kind)) {
        case SKEIN_EXITED: return .exited(code: number)
        case SKEIN_SIGNALLED: return .killed(signal: number)
        default: return nil
        }
    }
}

/// How a process ended.
package enum ProcessExit: Equatable, Sendable, CustomStringConvertible {
    /// It returned from main or called exit.
    case exited(code: Int32)
    /// A signal ended it.
    case killed(signal: Int32)

    package var description: String {
        switch self {
        case .exited(let code): "exited with code \(code)"
        case .killed(let signal): "was killed by signal \(signal)"
        }
    }
}
