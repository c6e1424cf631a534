import Serving

/// What a reader knows of its machine's pressure: looked at once an interval, only for policies that ask.
struct PressureGauge: Sendable {
    /// Looks at the machine, 0 to 1; blocks for as long as it takes to read a small file.
    let read: @Sendable () -> Double
    private var value = 0.0
    private var readAt: Duration?

    init(read: @escaping @Sendable () -> Double) {
        self.read = read
    }

    /// The pressure at `now`, a second old at most.
    mutating func pressure(at now: Duration) -> Double {
        if readAt.map({ now - $0 >= LoadBatching.pressureInterval }) ?? true {
            value = read()
            readAt = now
        }
        return value
    }
}
