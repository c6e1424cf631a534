import Controller
import Foundation
import HTTPTypes
import HummingbirdTesting
import Serving
import Synchronization
import Testing

@testable import HTTPAPI

/// `GET /metrics` after a scripted run on a clock that the test moves.
struct ScrapeTests {
    /// A server whose fleet is one reader with one worker: this process.
    static func server(_ clock: SteppingClock) async throws -> TestServer {
        let server = try await TestServer { $0.useClock(clock) }
        server.service.state.withLock { state in
            var reader = ManagementTests.reader("a", ready: true, state: .serving, restarts: 2)
            reader.pids = [getpid()]
            reader.activeSequences = 3
            reader.scheduling.blockCount = 64
            reader.scheduling.usedBlockCount = 20
            reader.scheduling.cachedBlockCount = 7
            reader.scheduling.evictedBlockCount = 5
            reader.scheduling.prefixLookupTokenCount = 900
            reader.scheduling.prefixHitTokenCount = 600
            reader.scheduling.preemptionCount = 2
            reader.workers = [
                WorkerSnapshot(
                    rank: 0, pid: getpid(), state: "idle", computeSeconds: 1.5, waitSeconds: 0.25,
                    bytesRead: 0)
            ]
            state.snapshot = ManagementTests.snapshot([reader])
            state.snapshot.packByteCount = 4096
            state.snapshot.groups[1].queuedTokenCount = 70
            state.snapshot.groups[1].queuedTokenLimit = 900
            state.snapshot.groups[1].queueLines = [
                QueueSnapshot.Line(depth: 1, oldestAge: .milliseconds(250)),
                QueueSnapshot.Line(depth: 0, oldestAge: nil),
                QueueSnapshot.Line(depth: 2, oldestAge: .milliseconds(1500)),
            ]
        }
        return server
    }

    /// One sequence waits 30 ms, has its first token after 70 more, two more tokens after 20 and 40 ms, and its
    /// end at once.
    static func script(_ clock: SteppingClock) -> TestServer.Script {
        { sequences in
            clock.advance(milliseconds: 30)
            for sequence in sequences { sequence.handle.timeline.noteTaken() }
            for (pause, id) in [(70, Int32(97)), (20, 98), (40, 99)] {
                clock.advance(milliseconds: pause)
                for sequence in sequences {
                    sequence.handle.deliver(.token(id: id, logProbability: nil))
                }
            }
            for sequence in sequences { sequence.handle.deliver(.finished(.length)) }
        }
    }

    private static func scrape(_ server: TestServer) async throws -> PrometheusPage {
        let response = try await server.run(.management) { try await $0.get("/metrics") }
        #expect(response.status == .ok)
        #expect(response.headers[.contentType] == "text/plain; version=0.0.4; charset=utf-8")
        return try PrometheusPage(response.text)
    }

    /// These labels and one more.
    private func with(_ labels: [String: String], _ key: String, _ value: String) -> [String: String] {
        labels.merging([key: value]) { $1 }
    }

    /// Compares samples; times are sums of milliseconds, so a tiny difference is rounding.
    private static func expect(
        _ page: PrometheusPage, _ samples: [(String, [String: String], Double)],
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        for (name, labels, expected) in samples {
            let value = page.value(name, labels) ?? .nan
            #expect(
                abs(value - expected) < 1e-9, "\(name) \(labels): \(value), not \(expected)",
                sourceLocation: sourceLocation)
        }
    }

    @Test func aScriptedRunGivesExactlyTheseNumbers() async throws {
        let clock = SteppingClock()
        let server = try await Self.server(clock)
        try await server.run(script: Self.script(clock)) { client in
            #expect(try await client.post("/generate", #"{"text": "ab"}"#).status == .ok)
            #expect(try await client.post("/generate_stream", #"{"text": "abc"}"#).status == .ok)
            _ = try await client.post("/generate", #"{"text": 7}"#)
            _ = try await client.execute(uri: "/generate", method: .get)
            _ = try await client.execute(uri: "/nowhere", method: .init("PROPFIND")!)
        }
        let page = try await Self.scrape(server)
        let group = ["consumer_group": "primary"]
        let route = ["method": "POST", "path": "/generate"]
        let stream = ["method": "POST", "path": "/generate_stream"]
        Self.expect(
            page,
            [
                ("http_requests_total", with(route, "status", "200"), 1),
                ("http_requests_total", with(route, "status", "422"), 1),
                ("http_requests_total", with(stream, "status", "200"), 1),
                ("http_requests_total", ["method": "GET", "path": "NotFound", "status": "405"], 1),
                ("http_requests_total", ["method": "other", "path": "NotFound", "status": "404"], 1),
                // The buffered answer's head comes with its end, the stream's with its first token.
                ("http_requests_duration_seconds_count", route, 2),
                ("http_requests_duration_seconds_sum", route, 0.16),
                ("skein_request_duration_seconds_count", stream, 1),
                ("skein_request_duration_seconds_sum", stream, 0.16),
                ("skein_requests_in_flight", route, 0),
                ("skein_requests_refused_total", ["code": "invalid_field"], 1),
                ("skein_requests_refused_total", ["code": "method_not_allowed"], 1),
                ("skein_requests_refused_total", ["code": "unknown_path"], 1),
                // <s>ab and <s>abc.
                ("skein_prompt_tokens_total", group, 7),
                ("skein_generated_tokens_total", group, 6),
                ("skein_queue_wait_seconds_sum", group, 0.06),
                ("skein_queue_position_count", group, 2), ("skein_queue_position_sum", group, 0),
                ("skein_time_to_first_token_seconds_count", group, 2),
                ("skein_time_to_first_token_seconds_sum", group, 0.2),
                ("skein_time_to_first_token_seconds_bucket", with(group, "le", "0.05"), 0),
                ("skein_time_to_first_token_seconds_bucket", with(group, "le", "0.1"), 2),
                ("skein_inter_token_seconds_count", group, 4),
                ("skein_inter_token_seconds_sum", group, 0.12),
                ("skein_inter_token_seconds_bucket", with(group, "le", "0.025"), 2),
                ("skein_time_per_output_token_seconds_count", group, 2),
                ("skein_time_per_output_token_seconds_sum", group, 0.06),
                ("skein_sequence_prompt_tokens_bucket", with(group, "le", "4"), 2),
                ("skein_sequence_prompt_tokens_bucket", with(group, "le", "2"), 0),
                ("skein_sequence_generated_tokens_sum", group, 6),
                ("skein_sequences_finished_total", with(group, "reason", "length"), 2),
                ("skein_sequences_finished_total", with(group, "reason", "failed"), 0),
                ("user_batch_size_sum", group, 2), ("user_batch_size_count", group, 2),
                ("time_to_first_token_sum", group, 0.2), ("time_to_first_token_count", group, 2),
                ("generate_sequence_lengths_sum", group, 6), ("fill_sequence_lengths_sum", group, 7),
                ("skein_metrics_dropped_series_total", [:], 0),
            ])
    }

    @Test func whatTheFleetShowsIsReadAtTheScrape() async throws {
        let server = try await Self.server(SteppingClock())
        let page = try await Self.scrape(server)
        let group = ["consumer_group": "primary"]
        let reader = ["consumer_group": "primary", "reader": "a"]
        let rank = ["consumer_group": "primary", "reader": "a", "rank": "0"]
        Self.expect(
            page,
            [
                ("skein_queue_depth", group, 3), ("skein_queue_limit", group, 8),
                ("skein_queue_oldest_age_seconds", group, 1.5),
                ("skein_queue_tokens", group, 70), ("skein_queue_tokens_limit", group, 900),
                ("skein_queue_priority_depth", with(group, "priority", "0"), 1),
                ("skein_queue_priority_depth", with(group, "priority", "1"), 0),
                ("skein_queue_priority_depth", with(group, "priority", "2"), 2),
                ("skein_queue_priority_oldest_age_seconds", with(group, "priority", "0"), 0.25),
                ("skein_queue_priority_oldest_age_seconds", with(group, "priority", "1"), 0),
                ("skein_queue_priority_oldest_age_seconds", with(group, "priority", "2"), 1.5),
                ("skein_reader_ready", reader, 1),
                ("skein_reader_restarts_total", reader, 2), ("skein_reader_active_sequences", reader, 3),
                ("skein_kv_blocks", reader, 64), ("skein_kv_blocks_used", reader, 20),
                ("skein_kv_blocks_cached", reader, 7), ("skein_kv_blocks_evicted_total", reader, 5),
                ("skein_prefix_lookup_tokens_total", reader, 900),
                ("skein_prefix_hit_tokens_total", reader, 600), ("skein_preemptions_total", reader, 2),
                ("generate_batch_size", reader, 3), ("skein_worker_compute_seconds_total", rank, 1.5),
                ("skein_worker_wait_seconds_total", rank, 0.25), ("skein_pack_bytes", [:], 4096),
            ])
        // This process plays controller and worker: both read the same files.
        for (name, least) in [
            ("process_resident_memory_bytes", 1e6), ("process_cpu_seconds_total", 0),
            ("process_open_fds", 3), ("process_max_fds", 3), ("process_start_time_seconds", 1.7e9),
            ("process_virtual_memory_bytes", 1e6),
        ] { #expect(page.value(name) ?? -1 >= least, "\(name)") }
        #expect(page.value("skein_worker_resident_memory_bytes", rank) ?? 0 > 1e6)
        #expect(page.value("skein_worker_open_fds", rank) ?? 0 >= 3)
        #expect(page.value("skein_worker_cpu_seconds_total", rank) ?? -1 >= 0)
        let build = try #require(page.families.first { $0.name == "skein_build_info" }?.samples.first)
        #expect(build.value == 1 && build.labels["protocol_version"] != nil)
        // A second scrape reads anew and does not add up; a reader that is gone has no series.
        server.service.state.withLock { $0.snapshot = ManagementTests.snapshot([]) }
        let again = try await Self.scrape(server)
        #expect(again.value("skein_reader_restarts_total", reader) == nil)
        #expect(again.value("skein_worker_open_fds", rank) == nil)
    }

    @Test func everyFamilyOnThePageIsInTheCatalogueAsItStandsThere() async throws {
        let clock = SteppingClock()
        let server = try await Self.server(clock)
        try await server.run(script: Self.script(clock)) { client in
            _ = try await client.post("/generate", #"{"text": "ab"}"#)
            _ = try await client.get("/nowhere")
        }
        let known = Dictionary(uniqueKeysWithValues: MetricCatalogue.families.map { ($0.name, $0) })
        for family in try await Self.scrape(server).families {
            let entry = try #require(known[family.name], "\(family.name) is not in the catalogue")
            #expect(family.kind == entry.kind.rawValue)
            #expect(family.help == entry.help)
            for sample in family.samples {
                #expect(entry.sampleNames.contains(sample.name))
                var labels = Set(sample.labels.keys)
                if entry.kind == .histogram { labels.remove("le") }
                #expect(labels == Set(entry.labels), "\(sample.name) \(sample.labels)")
            }
        }
    }

    @Test func aRequestInFlightIsCountedUntilItsAnswerHasEnded() async throws {
        let clock = SteppingClock()
        let server = try await Self.server(clock)
        let route = ["method": "POST", "path": "/generate_stream"]
        let (arrived, asked) = (Door(), Door())
        try await server.run(
            script: { sequences in
                arrived.open()
                await asked.wait()
                for sequence in sequences { sequence.answer([97]) }
            },
            { client in
                async let answer = client.post("/generate_stream", #"{"text": "ab"}"#)
                await arrived.wait()
                #expect(try await Self.scrape(server).value("skein_requests_in_flight", route) == 1)
                asked.open()
                _ = try await answer
                #expect(try await Self.scrape(server).value("skein_requests_in_flight", route) == 0)
            })
    }
}
