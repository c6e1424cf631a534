package import CoreMetrics
import Foundation
import Synchronization

/// The process's metrics: a swift-metrics factory that keeps every series in memory and prints them as
/// Prometheus text.
///
/// A series is one label (the family) with one set of dimensions (its labels). Asking twice for the same
/// series gives the same one, so callers may make a `Counter` wherever they count. A class because
/// swift-metrics hands out references; the mutex guards the table of families, and each series guards its
/// own number.
package final class MetricsRegistry: MetricsFactory, Sendable {
    /// Label sets one family may have; more are counted in `skein_metrics_dropped_series_total` and not kept.
    package static let seriesCountMax = 256
    /// Families a process may have.
    package static let familyCountMax = 512

    /// What a family prints as.
    enum Kind: String, Sendable {
        case counter
        case gauge
        case histogram
    }

    private struct Family {
        let kind: Kind
        /// Keyed by the printed labels, so that their order is the order of printing.
        var series: [String: MetricSeries] = [:]
    }

    private struct State {
        var families: [String: Family] = [:]
        var help: [String: String] = [:]
        var droppedCount: Int64 = 0
    }

    private let state = Mutex(State())

    /// Makes an empty registry.
    package init() {}

    /// Gives a family the sentence that is printed above it.
    package func describe(_ label: String, _ help: String) {
        state.withLock { $0.help[PrometheusText.name(label)] = help }
    }

    /// All series in the text format of Prometheus, version 0.0.4, families and labels in alphabetical order.
    package func text() -> String {
        let (families, help, dropped) = state.withLock { ($0.families, $0.help, $0.droppedCount) }
        var text = PrometheusText()
        for (name, family) in families.sorted(by: { $0.key < $1.key }) {
            text.begin(family: name, kind: family.kind, help: help[name])
            for (labels, series) in family.series.sorted(by: { $0.key < $1.key }) {
                text.append(series.reading, family: name, labels: labels)
            }
        }
        let droppedName = "skein_metrics_dropped_series_total"
        text.begin(
            family: droppedName, kind: .counter, help: "Label sets refused because their family was full.")
        text.append(.number(Double(dropped)), family: droppedName, labels: "")
        return text.body
    }

    /// The series of this name and these labels. Past a limit, or if the name is already used for another
    /// kind, the result counts into nothing that is printed.
    func series(_ label: String, _ dimensions: [(String, String)], kind: Kind) -> MetricSeries {
        let name = PrometheusText.name(label)
        let labels = PrometheusText.labels(dimensions)
        return state.withLock { state in
            if let known = state.families[name]?.series[labels], known.kind == kind { return known }
            let series = MetricSeries(kind: kind, family: name, labels: labels)
            let family = state.families[name] ?? Family(kind: kind)
            let isFull =
                family.series.count >= Self.seriesCountMax
                || (state.families[name] == nil && state.families.count >= Self.familyCountMax)
            guard family.kind == kind, !isFull else {
                state.droppedCount += 1
                return series
            }
            state.families[name, default: family].series[labels] = series
            return series
        }
    }

    /// Replaces a whole family at once; for numbers that are read anew at each scrape.
    func replace(
        family label: String, kind: Kind, with values: [(dimensions: [(String, String)], value: Int64)]
    ) {
        let name = PrometheusText.name(label)
        var family = Family(kind: kind)
        for (dimensions, value) in values.prefix(Self.seriesCountMax) {
            let labels = PrometheusText.labels(dimensions)
            let series = MetricSeries(kind: kind, family: name, labels: labels)
            if kind == .gauge { series.set(value) } else { series.increment(by: value) }
            family.series[labels] = series
        }
        let droppedCount = Int64(max(0, values.count - Self.seriesCountMax))
        state.withLock { state in
            state.families[name] = family
            state.droppedCount += droppedCount
        }
    }

    // MARK: MetricsFactory

    /// A number that only grows.
    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(label, dimensions, kind: .counter)
    }

    /// A number that goes up and down, or, if `aggregate`, a histogram of numbers.
    package func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        series(label, dimensions, kind: aggregate ? .histogram : .gauge)
    }

    /// A number that goes up and down.
    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(label, dimensions, kind: .gauge)
    }

    /// A histogram of seconds.
    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        series(label, dimensions, kind: .histogram)
    }

    /// Takes the series out: what is made under its name later begins at zero.
    package func destroyCounter(_ handler: any CounterHandler) { remove(handler) }
    /// Takes the series out.
    package func destroyRecorder(_ handler: any RecorderHandler) { remove(handler) }
    /// Takes the series out.
    package func destroyMeter(_ handler: any MeterHandler) { remove(handler) }
    /// Takes the series out.
    package func destroyTimer(_ handler: any TimerHandler) { remove(handler) }

    private func remove(_ handler: AnyObject) {
        guard let series = handler as? MetricSeries else { return }
        state.withLock { state in
            guard state.families[series.family]?.series[series.labels] === series else { return }
            state.families[series.family]?.series[series.labels] = nil
        }
    }
}
