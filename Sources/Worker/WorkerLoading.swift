import Collectives
import Foundation
import Models
import Platform
import Tensors
import WorkerMessages

/// From a load order to an executor: checks, packs this rank's share if told to, maps the sealed pack,
/// reserves memory.
struct WorkerLoading {
    let socket: ControlSocket
    let kernels: Kernels
    let log: WorkerLog

    /// What is left after loading.
    struct Loaded {
        let executor: ModelExecutor
        let page: RankPage
        let team: ThreadTeam
        let rank: Int
    }

    /// Everything that follows from an accepted order before the pack is there.
    private struct Preparation {
        let order: LoadOrder
        let page: RankPage
        let configuration: ModelConfiguration
        let layout: PackLayout
        let plan: ShardPlan
        /// Links to the other ranks, then the writable pack.
        let descriptors: [OwnedDescriptor]
    }

    /// Performs the order in `frame`; nil if the controller closed its end meanwhile.
    func run(_ frame: ControlSocket.Frame) throws -> Loaded? {
        let preparation = try prepare(frame)
        let order = preparation.order
        if let core = order.cores.first { try ThreadAffinity.pin([core]) }
        place(order)
        var bytesRead = 0
        if order.packRole == .build {
            let report = try build(preparation)
            bytesRead = report.bytesRead
            try socket.send(.packBuilt, report)
        }
        guard let next = try socket.receive(bumping: preparation.page) else { return nil }
        guard next.kind != .shutdown else { return nil }
        guard next.kind == .mapPack, socket.descriptors.count == 1 else {
            throw FailureReport.invalidOrder(
                "\(next.kind) with \(socket.descriptors.count) descriptors came where mapPack with 1 was due")
        }
        let team = try ThreadTeam(memberCount: order.threadCount, cores: order.cores)
        let executor = try makeExecutor(preparation, pack: socket.descriptors[0], team: team)
        try socket.send(
            .ready,
            ReadyReport(
                bytesRead: bytesRead, keyValueByteCount: executor.keyValueByteCount,
                activationByteCount: executor.activationByteCount))
        return Loaded(executor: executor, page: preparation.page, team: team, rank: order.rank)
    }

    /// Says where this process's pages go, before it touches those of the pack and of the KV cache. Where that
    /// cannot be said (containers often forbid it) they go to where its threads run, which is pinned where it
    /// matters.
    private func place(_ order: LoadOrder) {
        guard !order.memoryNodes.isEmpty else { return }
        do { try MemoryNodes.prefer(order.memoryNodes) } catch {
            log.write(.warning, "memory cannot be placed", ["error": "\(error)"])
        }
    }

    private func prepare(_ frame: ControlSocket.Frame) throws -> Preparation {
        let order = try socket.decode(LoadOrder.self, frame)
        try order.validate()
        let descriptors = socket.descriptors
        guard descriptors.count == order.descriptorCount else {
            throw FailureReport.invalidOrder(
                "the load order came with \(descriptors.count) descriptors, "
                    + "needed are \(order.descriptorCount)"
            )
        }
        let control = try ControlPage(adopting: descriptors[0])
        guard control.rankCount == order.rankCount else {
            throw FailureReport.invalidOrder(
                "the control page is for \(control.rankCount) ranks, the order for \(order.rankCount)")
        }
        let page = control.rank(order.rank)
        page.enter(.loading)
        let directory = URL(filePath: order.modelDirectory)
        let configuration = try ModelConfiguration(directory: directory)
        let layout = try PackLayout(configuration, format: try order.weightFormat(), directory: directory)
        try order.validate(configuration, layout: layout)
        return Preparation(
            order: order, page: page, configuration: configuration, layout: layout,
            plan: try ShardPlan(configuration, rankCount: order.rankCount),
            descriptors: Array(descriptors.dropFirst()))
    }

    /// Writes this rank's share of the pack; no writable mapping is left when this returns.
    private func build(_ preparation: Preparation) throws -> PackReport {
        let order = preparation.order
        let checkpoint = try Checkpoint(directory: URL(filePath: order.modelDirectory))
        let digest = try CheckpointDigest.compute(checkpoint)
        guard digest.hexadecimal == order.checkpointDigest else {
            throw FailureReport.invalidOrder(
                "the checkpoint's digest is \(digest.hexadecimal), ordered is \(order.checkpointDigest): "
                    + "its files have changed")
        }
        let unused = try checkpoint.unusedTensorNames(preparation.layout, preparation.configuration)
        if order.rank == 0, !unused.isEmpty {
            log.write(
                .debug, "tensors that the model does not use", ["tensors": unused.joined(separator: " ")])
        }
        let builder = try PackBuilder(
            checkpoint: checkpoint, configuration: preparation.configuration, layout: preparation.layout,
            plan: preparation.plan, rank: order.rank, digest: digest, kernels: kernels)
        guard let descriptor = preparation.descriptors.last else {
            preconditionFailure("a builder's descriptors were counted")
        }
        let region = try MemoryFile(adopting: descriptor, expectedByteCount: order.packByteCount).map(
            .readWrite)
        defer { region.unmap() }
        var counted = PackProgress(bytesToPack: 0)
        let progress = try builder.build(into: region) { progress in
            preparation.page.addRead(byteCount: progress.bytesRead - counted.bytesRead)
            preparation.page.addPacked(byteCount: progress.bytesPacked - counted.bytesPacked)
            counted = progress
        }
        return PackReport(bytesRead: progress.bytesRead, bytesPacked: progress.bytesPacked)
    }

    private func makeExecutor(
        _ preparation: Preparation, pack descriptor: OwnedDescriptor, team: ThreadTeam
    ) throws -> ModelExecutor {
        let order = preparation.order
        let pack = try Pack(
            region: try mapPack(descriptor, order), layout: preparation.layout,
            expectedDigest: order.checkpointDigest)
        let gatherByteCountMax = ActivationPlan.gatherByteCountMax(
            preparation.configuration, rankCount: order.rankCount, rowCountMax: order.rowCountMax)
        let communicator = try Communicator(
            link: try order.link(preparation.descriptors, gatherByteCountMax: gatherByteCountMax),
            rank: order.rank, rankCount: order.rankCount, byteCountMax: gatherByteCountMax,
            page: preparation.page)
        return try ModelExecutor(
            preparation.configuration, pack: pack, plan: preparation.plan, rank: order.rank,
            keyValueType: try order.keyValueFormat(),
            limits: order.stepLimits(vocabularyCount: preparation.configuration.vocabularyCount),
            communicator: communicator, team: team, kernels: kernels, page: preparation.page)
    }

    /// Maps a pack that nobody writes any more.
    private func mapPack(_ descriptor: OwnedDescriptor, _ order: LoadOrder) throws -> MappedRegion {
        guard order.packRole != .mapFile else {
            return try MappedRegion.readOnly(descriptor, byteCount: order.packByteCount)
        }
        let file = try MemoryFile(adopting: descriptor, expectedByteCount: order.packByteCount)
        guard try file.seals().contains(.write) else {
            throw FailureReport.invalidOrder("the pack is not sealed against writing")
        }
        return try file.map(.readOnly)
    }
}
