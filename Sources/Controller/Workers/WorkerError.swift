import Glibc
import Platform
import WorkerMessages

/// Why a reader's workers cannot go on. A value that reaches their reader once.
enum WorkerError: Error, Equatable, Sendable {
    /// A control socket ended; the supervisor knows why.
    case closed(rank: Int)
    /// A rank refused an order or a step, and said why.
    case refused(rank: Int, FailureReport)
    /// A rank answered something that does not answer the question.
    case violation(rank: Int, reason: String)
    /// A process, memory file or socket could not be made.
    case system(SystemError)
    /// The supervisor ended them.
    case died(DeathCause)

    /// Whether starting them again would end in the same way: the model or the order is wrong.
    var isPermanent: Bool {
        guard case .refused(_, let report) = self else { return false }
        return report.code == .invalidModel || report.code == .invalidOrder || report.code == .unsupported
    }

    /// Whether a file that they mapped may be the reason: a rank could not read a page of it, or refused to load it.
    func mayBeThePacks(in phase: RestartPolicy.Phase) -> Bool {
        switch self {
        case .refused: phase == .loading
        case .died(.exited(_, .killed(let signal))): signal == SIGBUS
        default: false
        }
    }
}

extension WorkerError: CustomStringConvertible {
    var description: String {
        switch self {
        case .closed(let rank): "rank \(rank) closed its control socket"
        case .refused(let rank, let report):
            "rank \(rank) refused (\(report.code.rawValue)): \(report.message)"
        case .violation(let rank, let reason): "rank \(rank) broke the protocol: \(reason)"
        case .system(let error): error.description
        case .died(let cause): cause.description
        }
    }
}
