import Foundation
import Models
import Platform
import Tensors
import Testing
import WorkerMessages

/// Prompt and greedy continuation of a fixture, by transformers.
private struct Expected: Decodable {
    struct Case: Decodable {
        let prompt_ids: [Int32]
        let generated_ids: [Int32]
    }
    let cases: [Case]
}

@Suite struct WorkerLifeTests {
    /// A frame that installs a sequence in slot 0 and asks for its first token.
    private func installation(_ prompt: [Int32], step: UInt64) -> StepFrame {
        var frame = StepFrame()
        frame.stepNumber = step
        var group = StepFrame.RowGroup(slot: 0, startPosition: 0, tokenIDs: frame.store(tokenIDs: prompt))
        group.appendedBlocks = frame.store(blocks: [0, 1, 2, 3])
        group.logitsRows = .last
        group.wantsToken = true
        group.installation = 0
        frame.installations.append(
            StepFrame.Installation(
                allTokenIDs: frame.store(tokenIDs: prompt), promptTokenCount: Int32(prompt.count),
                parameters: SamplingParameters()))
        frame.rowGroups.append(group)
        return frame
    }

    private func continuation(_ token: Int32, position: Int, step: UInt64) -> StepFrame {
        var frame = StepFrame()
        frame.stepNumber = step
        var group = StepFrame.RowGroup(
            slot: 0, startPosition: Int32(position), tokenIDs: frame.store(tokenIDs: [token]))
        group.logitsRows = .last
        group.wantsToken = true
        frame.rowGroups.append(group)
        return frame
    }

    @Test(
        "workers build, map, compute and end as they are told",
        arguments: [(1, Transport.shm), (2, .shm), (2, .unix), (4, .unix)])
    func wholeLife(rankCount: Int, transport: Transport) throws {
        let controller = try ScriptedController("tiny-llama-tied", rankCount: rankCount)
        let (packs, readies) = try controller.load(transport: transport)
        #expect(packs.reduce(0) { $0 + $1.bytesPacked } <= controller.summary.packByteCount)
        #expect(packs.map(\.bytesRead) == readies.map(\.bytesRead))
        let file = controller.directory.appending(path: "expected.json")
        let example = try JSONDecoder().decode(Expected.self, from: try Data(contentsOf: file)).cases[3]
        let prompt = Array(example.prompt_ids.prefix(32))
        #expect(prompt.count == example.prompt_ids.count)
        var tokens: [Int32] = []
        var step: UInt64 = 1
        tokens.append(try controller.step(installation(prompt, step: step)).groups[0].token)
        while tokens.count < 8 {
            step += 1
            let frame = continuation(
                tokens[tokens.count - 1], position: prompt.count + tokens.count - 1, step: step)
            tokens.append(try controller.step(frame).groups[0].token)
        }
        #expect(tokens == Array(example.generated_ids.prefix(8)))
        for rank in 0..<rankCount { try controller.send(.shutdown, rank: rank) }
        for rank in 0..<rankCount { #expect(controller.exitStatus(rank) == 0) }
        for snapshot in controller.page.snapshots() {
            #expect(snapshot.state == .idle && snapshot.step == step && snapshot.progress > 0)
        }
    }

    @Test("a worker that maps a sealed pack reads nothing of the weights")
    func mapping() throws {
        let builder = try ScriptedController()
        let pack = try MemoryFile.create(name: "skein-test-pack", byteCount: builder.summary.packByteCount)
        _ = try builder.receive(Hello.self, .hello)
        try builder.sendOrder(builder.order(rank: 0), [builder.page.descriptor, pack.descriptor])
        #expect(try builder.receive(PackReport.self, .packBuilt).bytesRead > 0)
        try pack.seal()
        let mapper = try ScriptedController()
        _ = try mapper.receive(Hello.self, .hello)
        try mapper.sendOrder(mapper.order(rank: 0, role: .map), [mapper.page.descriptor])
        try mapper.send(.mapPack, [], [try pack.reopenReadOnly()])
        let ready = try mapper.receive(ReadyReport.self, .ready)
        let footprint = mapper.summary.ranks[0]
        #expect(ready.bytesRead == 0)
        #expect(ready.activationByteCount == footprint.activationByteCount)
        #expect(ready.keyValueByteCount == footprint.keyValueBlockByteCount * mapper.limits.blockCount)
        #expect(try mapper.step(installation([1, 2, 3], step: 1)).groups[0].token >= 0)
    }

    @Test("a refused step leaves the worker as it was")
    func refusedStep() throws {
        let controller = try ScriptedController()
        _ = try controller.load()
        let first = try controller.step(installation([1, 2, 3], step: 1)).groups[0].token
        try controller.send(continuation(first, position: 7, step: 2))
        let refusal = try controller.receive(FailureReport.self, .failure)
        #expect(refusal.code == .malformedFrame)
        #expect(refusal.message == "slot 0 continues at position 7, expected is 3")
        try controller.send(.step, [UInt8(StepFrame.version), 0, 0])
        let undecodable = try controller.receive(FailureReport.self, .failure)
        #expect(undecodable.code == .malformedFrame)
        #expect(try controller.step(continuation(first, position: 3, step: 4)).groups[0].token >= 0)
    }

    @Test("the end of the control socket ends a worker with 0")
    func endOfSocket() throws {
        let controller = try ScriptedController()
        _ = try controller.receive(Hello.self, .hello)
        controller.channels[0].shutDown()
        #expect(controller.exitStatus() == 0)
    }

    @Test(
        "an instruction set that is not to be had is refused by name",
        arguments: ["sse2"] + InstructionSet.allCases.filter { !$0.isAvailable }.map(\.rawValue))
    func instructionSet(name: String) throws {
        let controller = try ScriptedController(instructionSet: name)
        let refusal = try controller.receive(FailureReport.self, .failure)
        #expect(refusal.code == .unsupported)
        #expect(refusal.message.contains("\"\(name)\""))
        #expect(refusal.message.contains(InstructionSet.available.map(\.rawValue).joined(separator: ", ")))
        #expect(controller.exitStatus() == 2)
    }

    /// What a test changes in an order, and what the refusal must say.
    struct WrongOrder: CustomStringConvertible, Sendable {
        let description: String
        let code: FailureReport.Code
        let change: @Sendable (inout LoadOrder) -> Void
    }

    static let wrongOrders: [WrongOrder] = [
        WrongOrder(description: "the pack has 4096 bytes", code: .invalidOrder) { $0.packByteCount = 4096 },
        WrongOrder(description: "layout is f32-0", code: .invalidOrder) { $0.layoutID = "f32-0" },
        WrongOrder(description: "ordered is 00ff", code: .invalidOrder) { $0.checkpointDigest = "00ff" },
        WrongOrder(description: "rank is 1", code: .invalidOrder) { $0.rank = 1 },
        WrongOrder(description: "\"int3\"", code: .unsupported) { $0.weightType = "int3" },
        WrongOrder(description: "\"bf16\", allowed are f32, f16, int8", code: .unsupported) {
            $0.keyValueType = "bf16"
        },
        WrongOrder(description: "block count is 0", code: .invalidOrder) { $0.blockCount = 0 },
        WrongOrder(description: "thread count is 0", code: .invalidOrder) { $0.threadCount = 0 },
        WrongOrder(description: "2 cores for 1 threads", code: .invalidOrder) { $0.cores = [0, 1] },
        WrongOrder(description: "/no/such/model", code: .invalidModel) {
            $0.modelDirectory = "/no/such/model"
        },
    ]

    @Test("a wrong order is refused with the value", arguments: WorkerLifeTests.wrongOrders)
    func refusedOrder(wrong: WrongOrder) throws {
        let controller = try ScriptedController()
        let pack = try MemoryFile.create(
            name: "skein-test-pack", byteCount: controller.summary.packByteCount)
        _ = try controller.receive(Hello.self, .hello)
        var order = controller.order(rank: 0)
        wrong.change(&order)
        try controller.send(
            .load, try RareFrame.encode(order), [controller.page.descriptor, pack.descriptor])
        let refusal = try controller.receive(FailureReport.self, .failure)
        #expect(refusal.code == wrong.code)
        #expect(refusal.message.contains(wrong.description), "\(refusal.message)")
        #expect(controller.exitStatus() == 2)
    }

    @Test("a pack that anyone can still write is refused")
    func unsealedPack() throws {
        let controller = try ScriptedController()
        let pack = try MemoryFile.create(
            name: "skein-test-pack", byteCount: controller.summary.packByteCount)
        _ = try controller.receive(Hello.self, .hello)
        try controller.sendOrder(controller.order(rank: 0), [controller.page.descriptor, pack.descriptor])
        _ = try controller.receive(PackReport.self, .packBuilt)
        try controller.send(.mapPack, [], [pack.descriptor])
        let refusal = try controller.receive(FailureReport.self, .failure)
        #expect(refusal.message == "the pack is not sealed against writing")
        #expect(controller.exitStatus() == 2)
    }

    @Test("learned positions limit the sequence length")
    func positions() throws {
        let controller = try ScriptedController("tiny-gpt2")
        let pack = try MemoryFile.create(
            name: "skein-test-pack", byteCount: controller.summary.packByteCount)
        _ = try controller.receive(Hello.self, .hello)
        var order = controller.order(rank: 0)
        order.maxSequenceLength = controller.summary.maxPositionCount + 1
        try controller.sendOrder(order, [controller.page.descriptor, pack.descriptor])
        let refusal = try controller.receive(FailureReport.self, .failure)
        #expect(refusal.message == "max_sequence_length is 129, the model has 128 positions")
    }
}
