package import CoreMetrics
import Foundation
import Synchronization

/// The process's metrics: a swift-metrics factory that keeps every series in memory and prints them as
/// Prometheus text.
///
/// A series is one label (the family) with one set of dimensions (its labels). Asking twice for the same
/// series gives the same one, so callers may make a `Counter` wherever they count; who counts often keeps it,
/// since asking locks and builds the labels. A class because swift-metrics hands out references; the mutex
/// guards the table of families, and series take care of themselves.
package final class MetricsRegistry: MetricsFactory, Sendable {
    /// Label sets one family may have; more are counted in `skein_metrics_dropped_series_total` and not kept.
    package static let seriesCountMax = 2048
    /// Families a process may have.
    package static let familyCountMax = 512

    /// A series and how often it was asked for: a group that goes may have a successor that counts under its name.
    private struct Held {
        let series: MetricSeries
        var holderCount = 1
    }

    private struct Entry {
        let family: MetricFamily
        /// Keyed by the printed labels, so that their order is the order of printing.
        var series: [String: Held] = [:]
    }

    private struct State {
        var entries: [String: Entry] = [:]
        var droppedCount: Int64 = 0
    }

    private let catalogue: [String: MetricFamily]
    private let state = Mutex(State())

    /// Makes an empty registry that knows kind, help and bounds of these families.
    package init(_ families: [MetricFamily] = MetricCatalogue.families) {
        catalogue = Dictionary(families.map { ($0.name, $0) }) { first, _ in first }
    }

    /// All series in the text format of Prometheus, version 0.0.4, families and labels in alphabetical order.
    package func text() -> String { PrometheusText.page(readings()) }

    /// What a scrape sees of every family.
    func readings() -> [FamilyReading] {
        let (entries, dropped) = state.withLock { ($0.entries, $0.droppedCount) }
        var readings = entries.values.map { entry in
            FamilyReading(entry.family, entry.series.values.map { ($0.series.labels, $0.series.reading) })
        }
        readings.append(FamilyReading(MetricCatalogue.droppedSeries, [("", .number(Double(dropped)))]))
        return readings
    }

    /// The series of this name and these labels. Past a limit, or if the name is already used for another
    /// kind, the result counts into nothing that is printed.
    func series(_ label: String, _ dimensions: [(String, String)], kind: MetricFamily.Kind) -> MetricSeries {
        let name = PrometheusText.name(label)
        let labels = PrometheusText.labels(dimensions)
        return state.withLock { state in
            if let known = state.entries[name]?.series[labels], Self.fits(known.series.family.kind, kind) {
                state.entries[name]?.series[labels]?.holderCount += 1
                return known.series
            }
            let family = state.entries[name]?.family ?? catalogue[name] ?? Self.family(name, kind)
            let series = MetricSeries(family: family, labels: labels)
            let isFull =
                (state.entries[name]?.series.count ?? 0) >= Self.seriesCountMax
                || (state.entries[name] == nil && state.entries.count >= Self.familyCountMax)
            guard Self.fits(family.kind, kind), !isFull else {
                state.droppedCount += 1
                return series
            }
            state.entries[name, default: Entry(family: family)].series[labels] = Held(series: series)
            return series
        }
    }

    /// Whether a family of one kind can be recorded into as another: values go into a summary, too.
    private static func fits(_ kind: MetricFamily.Kind, _ asked: MetricFamily.Kind) -> Bool {
        kind == asked || (kind == .summary && asked == .histogram)
    }

    /// A family that is in no catalogue.
    private static func family(_ name: String, _ kind: MetricFamily.Kind) -> MetricFamily {
        kind == .histogram
            ? MetricFamily(histogram: name, [], "", .answerSeconds) : MetricFamily(name, kind, [], "")
    }

    // MARK: MetricsFactory

    /// A number that only grows.
    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(label, dimensions, kind: .counter)
    }

    /// A number that only grows, by fractions.
    package func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
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

    /// Takes the series out once all who asked for it have: what is made under its name later begins at zero.
    package func destroyCounter(_ handler: any CounterHandler) { remove(handler) }
    /// Takes the series out.
    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { remove(handler) }
    /// Takes the series out.
    package func destroyRecorder(_ handler: any RecorderHandler) { remove(handler) }
    /// Takes the series out.
    package func destroyMeter(_ handler: any MeterHandler) { remove(handler) }
    /// Takes the series out.
    package func destroyTimer(_ handler: any TimerHandler) { remove(handler) }

    private func remove(_ handler: AnyObject) {
        guard let series = handler as? MetricSeries else { return }
        let name = series.family.name
        state.withLock { state in
            guard let held = state.entries[name]?.series[series.labels], held.series === series else {
                return
            }
            if held.holderCount > 1 {
                state.entries[name]?.series[series.labels]?.holderCount -= 1
                return
            }
            state.entries[name]?.series[series.labels] = nil
            if state.entries[name]?.series.isEmpty ?? false { state.entries[name] = nil }
        }
    }
}
