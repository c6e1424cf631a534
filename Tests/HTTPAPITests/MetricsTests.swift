import Controller
import CoreMetrics
import HTTPTypes
import HummingbirdTesting
import Synchronization
import Testing

@testable import HTTPAPI

/// The metrics registry's text, and what the servers count.
struct MetricsTests {
    @Test func anEmptyRegistryPrintsItsOwnFamily() {
        #expect(
            MetricsRegistry().text() == """
                # HELP skein_metrics_dropped_series_total Label sets refused because their family was full.
                # TYPE skein_metrics_dropped_series_total counter
                skein_metrics_dropped_series_total 0

                """)
    }

    @Test func countersGaugesAndHistogramsPrintInOrder() {
        let registry = MetricsRegistry([MetricFamily("b", .counter, [], "Back\\slash\nand line.")])
        Counter(label: "b", dimensions: [("z", "1"), ("a", "2")], factory: registry).increment(by: 3)
        Counter(label: "b", dimensions: [("a", "2"), ("z", "1")], factory: registry).increment(by: 4)
        Counter(label: "b", dimensions: [], factory: registry).increment(by: -1)
        Gauge(label: "a.gauge", dimensions: [], factory: registry).record(2.5)
        let meter = Meter(label: "m", dimensions: [], factory: registry)
        meter.increment(by: 2)
        meter.decrement(by: 0.5)
        let timer = Timer(
            label: "t", dimensions: [("k", "v")], preferredDisplayUnit: .seconds, factory: registry)
        timer.recordNanoseconds(5_000_000)
        timer.recordNanoseconds(5_000_001)
        timer.recordSeconds(1000)
        let lines = registry.text().split(separator: "\n").map(String.init)
        #expect(
            Array(lines.prefix(8)) == [
                "# TYPE a_gauge gauge", "a_gauge 2.5", "# HELP b Back\\\\slash\\nand line.",
                "# TYPE b counter",
                "b 0", "b{a=\"2\",z=\"1\"} 7", "# TYPE m gauge", "m 1.5",
            ])
        #expect(lines.contains("# TYPE t histogram") && lines.contains("t_bucket{k=\"v\",le=\"0.001\"} 0"))
        #expect(lines.contains("t_bucket{k=\"v\",le=\"0.005\"} 1"))
        #expect(lines.contains("t_bucket{k=\"v\",le=\"0.01\"} 2"))
        #expect(lines.contains("t_bucket{k=\"v\",le=\"300\"} 2"))
        #expect(lines.contains("t_bucket{k=\"v\",le=\"+Inf\"} 3"))
        #expect(lines.contains("t_count{k=\"v\"} 3"))
        #expect(lines.contains { $0.hasPrefix("t_sum{k=\"v\"} 1000.010") })
    }

    @Test func labelsAreEscapedAndCut() {
        let registry = MetricsRegistry()
        let long = String(repeating: "ü", count: 100)
        Counter(label: "2 x", dimensions: [("la bel", "a\"b\\c\nd")], factory: registry).increment()
        Counter(label: "long", dimensions: [("l", long)], factory: registry).increment()
        let text = registry.text()
        #expect(text.contains("_2_x{la_bel=\"a\\\"b\\\\c\\nd\"} 1\n"))
        #expect(text.contains("long{l=\"\(String(repeating: "ü", count: 64))\"} 1\n"))
    }

    @Test func aFamilyHoldsSoManySeriesAndNoMore() {
        let registry = MetricsRegistry()
        for index in 0..<(MetricsRegistry.seriesCountMax + 2) {
            Counter(label: "c", dimensions: [("i", String(index))], factory: registry).increment()
        }
        let lines = registry.text().split(separator: "\n")
        #expect(lines.count { $0.hasPrefix("c{") } == MetricsRegistry.seriesCountMax)
        #expect(lines.contains("skein_metrics_dropped_series_total 2"))
    }

    @Test func aNameKeepsItsKind() {
        let registry = MetricsRegistry()
        Counter(label: "x", dimensions: [], factory: registry).increment()
        Gauge(label: "x", dimensions: [], factory: registry).record(9)
        #expect(registry.text().contains("# TYPE x counter\nx 1\n"))
        #expect(registry.text().contains("skein_metrics_dropped_series_total 1\n"))
    }

    @Test func recordingFromManyThreadsLosesNothing() async {
        let registry = MetricsRegistry([MetricFamily(histogram: "h", [], "", .counts)])
        await withTaskGroup(of: Void.self) { tasks in
            for _ in 0..<4 {
                tasks.addTask {
                    let recorder = Recorder(label: "h", dimensions: [], aggregate: true, factory: registry)
                    let counter = Counter(label: "c", dimensions: [], factory: registry)
                    for value in 1...5000 {
                        recorder.record(value % 4)
                        counter.increment()
                    }
                }
            }
        }
        let lines = registry.text().split(separator: "\n").map(String.init)
        for line in [
            "c 20000", "h_count 20000", "h_sum 30000", "h_bucket{le=\"1\"} 10000", "h_bucket{le=\"2\"} 15000",
            "h_bucket{le=\"4\"} 20000", "h_bucket{le=\"+Inf\"} 20000",
        ] { #expect(lines.contains(line), "\(line)") }
    }

    @Test func aSummaryIsItsCountAndItsSum() {
        let registry = MetricsRegistry([MetricFamily("s", .summary, ["k"], "Sizes.")])
        for value in [3, 4] {
            Recorder(label: "s", dimensions: [("k", "v")], aggregate: true, factory: registry).record(value)
        }
        let text = registry.text()
        #expect(text.contains("# TYPE s summary\ns_sum{k=\"v\"} 7\ns_count{k=\"v\"} 2\n"))
    }

    @Test func aDestroyedSeriesIsGoneAndBeginsAnew() {
        let registry = MetricsRegistry()
        let counter = Counter(label: "x", dimensions: [("r", "1")], factory: registry)
        counter.increment(by: 5)
        counter.destroy()
        #expect(!registry.text().contains("x{"))
        Counter(label: "x", dimensions: [("r", "1")], factory: registry).increment()
        #expect(registry.text().contains("x{r=\"1\"} 1\n"))
    }

    @Test func aSeriesThatTwoCountIntoStaysUntilBothAreGone() {
        let registry = MetricsRegistry()
        let counters = (0..<2).map { _ in
            Counter(label: "x", dimensions: [("r", "1")], factory: registry)
        }
        for counter in counters { counter.increment() }
        counters[0].destroy()
        counters[1].increment()
        #expect(registry.text().contains("x{r=\"1\"} 3\n"))
        counters[1].destroy()
        #expect(!registry.text().contains("x{"))
    }

    @Test func whatTheServersCountIsServed() async throws {
        let server = try await TestServer()
        server.service.state.withLock {
            $0.snapshot = ManagementTests.snapshot([
                ManagementTests.reader("a", ready: true, state: .serving, restarts: 2)
            ])
        }
        try await server.run(script: { for sequence in $0 { sequence.answer([97, 98]) } }) { client in
            for path in ["/generate", "/generate_stream"] {
                _ = try await client.post(path, #"{"text": ["x", "yz"]}"#)
            }
            _ = try await client.post("/generate", "{}")
            _ = try await client.get("/nowhere/7")
        }
        let response = try await server.run(.management) { try await $0.get("/metrics") }
        #expect(response.headers[.contentType] == "text/plain; version=0.0.4; charset=utf-8")
        let lines = response.text.split(separator: "\n").map(String.init)
        for line in [
            "http_requests_total{method=\"POST\",path=\"/generate\",status=\"200\"} 1",
            "http_requests_total{method=\"POST\",path=\"/generate\",status=\"422\"} 1",
            "http_requests_total{method=\"POST\",path=\"/generate_stream\",status=\"200\"} 1",
            "http_requests_total{method=\"GET\",path=\"NotFound\",status=\"404\"} 1",
            "skein_prompt_tokens_total{consumer_group=\"primary\"} 10",
            "skein_generated_tokens_total{consumer_group=\"primary\"} 8",
            "skein_reader_restarts_total{consumer_group=\"primary\",reader=\"a\"} 2",
            "skein_queue_depth{consumer_group=\"primary\"} 3",
            "# TYPE skein_reader_restarts_total counter", "# TYPE skein_queue_depth gauge",
        ] { #expect(lines.contains(line), "\(line)") }
        // A second scrape reads the restarts anew and does not add them up.
        let again = try await server.run(.management) { try await $0.get("/metrics") }
        #expect(again.text.contains("reader=\"a\"} 2\n"))
    }
}
