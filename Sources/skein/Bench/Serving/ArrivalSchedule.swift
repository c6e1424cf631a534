import ArgumentParser
import Foundation

/// How the times between requests of an open loop are drawn.
enum ArrivalProcess: String, CaseIterable, ExpressibleByArgument {
    /// Independent arrivals: exponential gaps.
    case poisson
    /// Equal gaps.
    case fixed
}

/// When the requests of an open loop are due, as seconds from the run's start, ascending: the server's speed has no
/// influence on it.
struct ArrivalSchedule: Sendable {
    /// Arrivals of one run at most.
    static let countMax = 1_000_000
    /// Seconds from the start.
    let offsets: [Double]

    /// Arrivals at a mean rate until `seconds` have passed.
    init(_ process: ArrivalProcess, ratePerSecond: Double, seconds: Double, seed: UInt64) {
        var numbers = SeededNumbers(seed: seed)
        var offsets: [Double] = []
        var time = 0.0
        while offsets.count < Self.countMax {
            switch process {
            case .fixed: time = Double(offsets.count) / ratePerSecond
            case .poisson:
                // Uniform in (0, 1]: the logarithm of 0 is no time.
                let uniform = 1 - Double.random(in: 0..<1, using: &numbers)
                time -= log(uniform) / ratePerSecond
            }
            guard time < seconds else { break }
            offsets.append(time)
        }
        self.offsets = offsets
    }

    /// Arrivals of a trace until `seconds` have passed, `speed` times as fast as recorded.
    init(_ trace: RequestTrace, speed: Double, seconds: Double) {
        offsets = Array(trace.entries.map { $0.seconds / speed }.prefix { $0 < seconds })
    }
}
