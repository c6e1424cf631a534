import Testing
import Topology

@Suite("Batching policies in a topology file")
struct BatchingTests {
    private func group(_ keys: String, environment: [String: String] = [:]) throws(TopologyError)
        -> ConsumerGroupDeclaration?
    {
        try parse("consumer_groups:\n  primary: {\(keys)}\n" + readerGroup(""), environment: environment)
            .consumerGroup(named: "primary")
    }

    @Test("every policy is legal, with the defaults of its keys", arguments: Batching.allCases)
    func defaults(mode: Batching) throws {
        let batching = try #require(try group("batching: \(mode.rawValue)")).batching
        #expect(batching == BatchingDeclaration(Setting(mode, .file(line: 2))))
        #expect(batching.maxBatch.value == nil && batching.lowPressure.value <= batching.highPressure.value)
    }

    @Test("a window is 100 ms and 5 unless it is told otherwise")
    func window() throws {
        let plain = try #require(try group("batching: window")).batching
        #expect(plain.window.value == .milliseconds(100) && plain.minBatch.value == 5)
        let told = try #require(
            try group("batching: window, batch_window: 20ms, min_batch: 2, max_batch: 3")
        ).batching
        #expect(told.window == Setting(.milliseconds(20), .file(line: 2)))
        #expect(told.minBatch == Setting(2, .file(line: 2)))
        #expect(told.maxBatch == Setting(3, .file(line: 2)))
        // The default minimum gives way to a smaller maximum.
        #expect(try group("batching: window, max_batch: 3")?.batching.minBatch.value == 3)
        #expect(try group("batching: window, max_batch: auto")?.batching.maxBatch.value == nil)
    }

    @Test("all other keys are read")
    func keys() throws {
        let hybrid = try #require(
            try group(
                "batching: hybrid, urgent_priority: 0, low_pressure: 10, high_pressure: 20, "
                    + "max_queue_tokens: 99, default_priority: 7"))
        #expect(hybrid.batching.urgentPriority.value == 0)
        #expect(hybrid.batching.lowPressure.value == 10 && hybrid.batching.highPressure.value == 20)
        #expect(hybrid.maxQueueTokens.value == 99 && hybrid.defaultPriority.value == 7)
        #expect(try group("batching: priority, reserved_slots: 0")?.batching.reservedSlots.value == 0)
    }

    @Test(
        "a key of another policy is refused with the policies that have it",
        arguments: [
            ("", "batch_window: 1s", "continuous", "static, window, adaptive, predictive, hybrid"),
            ("batching: static, ", "min_batch: 1", "static", "window, load, hybrid"),
            (
                "batching: priority, ", "max_batch: 9", "priority",
                "static, window, adaptive, load, predictive, hybrid"
            ),
            ("batching: load, ", "urgent_priority: 1", "load", "priority, hybrid"),
            ("batching: hybrid, ", "reserved_slots: 1", "hybrid", "priority"),
            ("batching: window, ", "low_pressure: 1", "window", "load, hybrid"),
            ("batching: window, ", "high_pressure: 1", "window", "load, hybrid"),
        ])
    func foreignKey(mode: String, setting: String, name: String, owners: String) throws {
        let error = try #require(fault { () throws(TopologyError) in try group(mode + setting) })
        let parts = setting.split(separator: ":").map { $0.trimmingPrefix(" ") }
        #expect(
            "\(error)" == "topology.yaml, line 2: consumer_groups.primary.\(parts[0]) is \(parts[1]); "
                + "batching is \(name), and this key belongs to \(owners)")
        #expect(error.code == .conflict)
    }

    @Test(
        "values out of range and bounds in the wrong order are refused",
        arguments: [
            (
                "batching: window, batch_window: 100",
                "consumer_groups.primary.batch_window is 100; allowed: a whole"
            ),
            (
                "batching: window, batch_window: 61s",
                "batch_window is 61s; allowed: a whole number with ms, s, m or h"
            ),
            ("batching: window, min_batch: 0", "min_batch is 0; allowed: a whole number from 1 to 256"),
            (
                "batching: load, high_pressure: 101",
                "high_pressure is 101; allowed: a whole number from 0 to 100"
            ),
            (
                "batching: priority, urgent_priority: 10",
                "urgent_priority is 10; allowed: a whole number from 0 to 9"
            ),
            (
                "batching: priority, reserved_slots: 256",
                "reserved_slots is 256; allowed: a whole number from 0 to 255"
            ),
            (
                "batching: window, min_batch: 9, max_batch: 8",
                "consumer_groups.primary.min_batch is 9; it must be at most max_batch, which is 8"
            ),
            (
                "batching: load, low_pressure: 81",
                "consumer_groups.primary.low_pressure is 81; it must be at most high_pressure, which is 80"
            ),
        ])
    func wrong(keys: String, sentence: String) throws {
        let error = try #require(fault { () throws(TopologyError) in try group(keys) })
        #expect("\(error)".contains(sentence))
        #expect(error.file == "topology.yaml")
    }

    @Test("a variable applies to the groups whose policy has its key, and is named where none has")
    func variables() throws {
        let yaml =
            "consumer_groups: {a: {batching: window}, b: {batching: load}, c: {}}\n"
            + readerGroup("consumer_group: a")
        let topology = try parse(
            yaml, environment: ["SKEIN_BATCH_WINDOW": "7ms", "SKEIN_RESERVED_SLOTS": "3"])
        #expect(
            topology.consumerGroup(named: "a")?.batching.window
                == Setting(.milliseconds(7), .environment("SKEIN_BATCH_WINDOW")))
        #expect(
            topology.warnings
                == ["SKEIN_RESERVED_SLOTS has no effect: no group has a batching of priority"]
                .map { "\($0)" })
    }

    @Test("plan shows the keys of the policy, and no others")
    func descriptions() throws {
        let topology = try parse("consumer_groups: {primary: {batching: priority}}\n" + readerGroup(""))
        let shown = topology.settings.filter { $0.section == "consumer_groups.primary" }
        #expect(
            shown.map { "\($0.key): \($0.value)" } == [
                "max_queue: 512", "max_queue_tokens: 262144", "default_priority: 5", "batching: priority",
                "urgent_priority: 2", "reserved_slots: 2",
            ])
    }
}
