import Metrics
import Synchronization

/// A metrics backend that remembers everything, also of series that were destroyed.
final class RecordedMetrics: MetricsFactory {
    /// A series of any kind.
    private final class Series: CounterHandler, FloatingPointCounterHandler, RecorderHandler, TimerHandler {
        private let values = Mutex<[Double]>([])

        var recorded: [Double] { values.withLock { $0 } }

        func add(_ value: Double) { values.withLock { $0.append(value) } }

        func increment(by amount: Int64) { add(Double(amount)) }
        func increment(by amount: Double) { add(amount) }
        func record(_ value: Int64) { add(Double(value)) }
        func record(_ value: Double) { add(value) }
        func recordNanoseconds(_ duration: Int64) { add(Double(duration) / 1e9) }
        func reset() { values.withLock { $0 = [] } }
    }

    private let series = Mutex<[String: Series]>([:])

    /// Everything that went into a family's series whose labels have all of these values, in order.
    func values(_ label: String, _ words: [String] = []) -> [Double] {
        series.withLock { series in
            series.filter { name, _ in
                name.hasPrefix(label + "{") && words.allSatisfy { name.contains("=\($0),") }
            }
        }.values.flatMap(\.recorded)
    }

    /// Its sum.
    func sum(_ label: String, _ words: String...) -> Double { values(label, words).reduce(0, +) }

    private func find(_ label: String, _ dimensions: [(String, String)]) -> Series {
        let name = "\(label){" + dimensions.map { "\($0.0)=\($0.1)," }.joined() + "}"
        return series.withLock { series in
            let found = series[name] ?? Series()
            series[name] = found
            return found
        }
    }

    func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        find(label, dimensions)
    }
    func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        find(label, dimensions)
    }
    func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler { find(label, dimensions) }
    func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        find(label, dimensions)
    }
    func destroyCounter(_ handler: any CounterHandler) {}
    func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    func destroyRecorder(_ handler: any RecorderHandler) {}
    func destroyTimer(_ handler: any TimerHandler) {}
}
