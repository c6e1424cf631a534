import Foundation
import Logging
import Serving
import Topology
import WorkerMessages

extension Fleet {
    /// What `declare` found out about a declaration before it takes anything.
    private struct Survey {
        var model: Surveyor.Model
        var identity: ReaderIdentity
        var limits: SchedulerLimits
    }

    /// Makes a consumer group unless there is one of this name.
    func makeGroup(_ declaration: ConsumerGroupDeclaration) {
        guard groups[declaration.name] == nil else { return }
        let settings = ConsumerGroupSettings(
            maxQueue: declaration.maxQueue.value, maxQueueTokens: declaration.maxQueueTokens.value,
            batching: declaration.batching.policy, defaultPriority: declaration.defaultPriority.value,
            queueTimeout: configuration.topology.server.queueTimeout.value,
            agingInterval: Defaults.agingInterval, affinityWait: Defaults.affinityWait,
            retryAfter: Defaults.retryAfter)
        let group = ConsumerGroup(
            name: declaration.name, settings: settings, clock: configuration.clock,
            metrics: configuration.metrics, drawSeed: configuration.randomNumber)
        let (removal, continuation) = AsyncStream.makeStream(of: Never.self)
        groups[declaration.name] = GroupEntry(
            group: group, isDeclared: declaration.isDeclared, removal: continuation)
        begin(.consumers(group, removal: removal))
    }

    /// Forgets an undeclared group that no reader takes from (design 10); its queue was empty when last seen.
    func removeGroupIfVacant(_ name: String) {
        guard let entry = groups[name], !entry.isDeclared, !isDraining,
            !readers.values.contains(where: { $0.reader.plan.consumerGroup == name }),
            !declaring.contains(name)
        else { return }
        entry.removal.finish()
        groups[name] = nil
    }

    /// Forgets all groups that have become vacant: nobody may ask for a snapshot while readers come and go.
    private func removeVacantGroups() {
        for (name, entry) in groups where entry.group.queue.snapshot().depth == 0 {
            removeGroupIfVacant(name)
        }
    }

    /// Fills what a POST leaves out of the identity with what its consumer group serves, if it has readers.
    func takeIdentity(of group: String, into declaration: inout ReaderDeclaration) async {
        guard let identity = await groups[group]?.group.snapshot().identity else { return }
        let origin = Origin.consumerGroup(group)
        if declaration.quantType.origin == .default, let type = QuantType(rawValue: identity.quantType) {
            declaration.quantType = Setting(type, origin)
        }
        if declaration.kvCacheType.origin == .default,
            let type = KVCacheType(rawValue: identity.kvCacheType)
        {
            declaration.kvCacheType = Setting(type, origin)
        }
        if declaration.maxSequenceLength.origin == .default {
            declaration.maxSequenceLength = Setting(identity.maxSequenceLength, origin)
        }
    }

    /// What the readers of a declaration ask of the machine's cores.
    static func coreRequests(_ declaration: ReaderDeclaration) -> [CoreRequest] {
        let rankCount = declaration.tensorParallel.value
        return (0..<declaration.replicas.value).map { replica in
            var choice = declaration.placement.value
            if case .cores(let lists) = choice {
                choice = .cores(Array(lists.dropFirst(replica * rankCount).prefix(rankCount)))
            }
            return CoreRequest(
                rankCount: rankCount, threadCount: declaration.threadsPerRank.value, choice: choice)
        }
    }

    /// Reads a declaration's model, takes cores and memory for its readers, and hands them to `run`; takes
    /// nothing if it throws. With `roots`, the model must lie where they allow it.
    func declare(
        _ declaration: ReaderDeclaration, ids: [ReaderID], within roots: [URL]?, before later: [CoreRequest]
    ) async throws(ControllerError) {
        let survey = try await survey(declaration, within: roots)
        removeVacantGroups()
        // A drain, or another declaration, may have come while files were read.
        guard !isDraining else { throw .draining }
        guard readers.count + ids.count <= Self.readerCountMax else {
            throw .tooManyReaders(limit: Self.readerCountMax)
        }
        if let taken = ids.first(where: { readers[$0] != nil }) { throw .duplicateReader(taken) }
        let name = declaration.consumerGroup.value
        makeGroup(ConsumerGroupDeclaration(undeclared: name))
        declaring.append(name)
        defer { if let index = declaring.firstIndex(of: name) { declaring.remove(at: index) } }
        var taken: [Reader] = []
        let requests = Self.coreRequests(declaration)
        do throws(ControllerError) {
            for (index, id) in ids.enumerated() {
                let reader = try await take(
                    id, declaration, survey, requests[index], before: requests[(index + 1)...] + later)
                taken.append(reader)
            }
            // A drain that began meanwhile has not heard of these readers.
            guard !isDraining else { throw .draining }
        } catch {
            for reader in taken { await giveBack(reader) }
            throw error
        }
        serve(declaration, survey, taken)
    }

    private func survey(
        _ declaration: ReaderDeclaration, within roots: [URL]?
    ) async throws(ControllerError) -> Survey {
        let prefillChunk = declaration.resolvedPrefillChunk
        let inspection = ModelInspection(
            directory: declaration.modelDirectory.value, rankCount: declaration.tensorParallel.value,
            rowCountMax: declaration.maxBatchSize.value + prefillChunk,
            weightType: declaration.quantType.value.rawValue,
            keyValueType: declaration.kvCacheType.value.resolved(for: declaration.quantType.value).rawValue)
        let served = Set(readers.values.map(\.modelPath))
        let model = try await surveyor.read(inspection, within: roots, beside: served)
        let positionCountMax = model.summary.maxPositionCount
        let length = declaration.resolvedMaxSequenceLength(modelMaxPositionCount: positionCountMax)
        let identity = ReaderIdentity(
            checkpointDigest: model.summary.checkpointDigest, quantType: model.summary.weightType,
            kvCacheType: inspection.keyValueType, maxSequenceLength: length)
        guard length <= positionCountMax else {
            // A length that was not asked for but taken from the group's readers: the models differ.
            if case .consumerGroup(let name) = declaration.maxSequenceLength.origin,
                let current = await groups[name]?.group.snapshot().identity
            {
                throw .identityConflict(consumerGroup: name, current: current, offered: identity)
            }
            throw .invalidSetting(
                key: "max_sequence_length", value: "\(length)",
                allowed: "2 to \(positionCountMax), the model's own maximum")
        }
        let longest = SchedulerLimits.blockCount(positionCount: length)
        if let count = declaration.kvBlocks.value, count < longest {
            throw .invalidSetting(
                key: "kv_blocks", value: "\(count)",
                allowed: "\(longest) or more, for one sequence of max_sequence_length \(length)")
        }
        let limits = SchedulerLimits(
            maxBatchSize: declaration.maxBatchSize.value, maxSequenceLength: length,
            prefillChunk: prefillChunk, blockCount: declaration.kvBlocks.value,
            hasPrefixCache: declaration.prefixCache.value == .on)
        return Survey(model: model, identity: identity, limits: limits)
    }

    /// Attaches one reader to its group and takes cores and memory for it, or takes nothing and throws.
    private func take(
        _ id: ReaderID, _ declaration: ReaderDeclaration, _ survey: Survey, _ request: CoreRequest,
        before later: [CoreRequest]
    ) async throws(ControllerError) -> Reader {
        let name = declaration.consumerGroup.value
        guard let group = groups[name]?.group else { throw .draining }
        do throws(ServingError) {
            try await group.attach(id.name, identity: survey.identity)
        } catch {
            guard case .identityMismatch(_, let current, let offered) = error else { throw .draining }
            throw .identityConflict(consumerGroup: name, current: current, offered: offered)
        }
        do throws(ControllerError) {
            let placement = try cores.place(id, request, before: later)
            let (key, memory) = try await reserve(id, survey, placement)
            let plan = ReaderPlan(
                readerID: id, readerGroup: declaration.name, consumerGroup: name,
                modelName: declaration.modelDirectory.value.path,
                modelDirectory: survey.model.directory, summary: survey.model.summary,
                identity: survey.identity, limits: survey.limits, placement: placement,
                transport: Self.transport(declaration.transport.value), packKey: key,
                memory: memory)
            return makeReader(plan, group: group)
        } catch {
            cores.release(id)
            memory.release(id)
            await group.detach(id.name)
            throw error
        }
    }

    private func makeReader(_ plan: ReaderPlan, group: ConsumerGroup) -> Reader {
        let metrics = ReaderMetrics(
            reader: plan.readerID, consumerGroup: plan.consumerGroup, factory: configuration.metrics)
        let surroundings = ReaderSurroundings(
            launcher: configuration.launcher, packs: packs, packKeeper: packKeeper, group: group,
            clock: configuration.clock,
            logger: configuration.logger, metrics: metrics, calibrationLimit: configuration.calibrationLimit,
            machinePressure: configuration.machinePressure)
        return Reader(plan: plan, surroundings: surroundings)
    }

    private func giveBack(_ reader: Reader) async {
        cores.release(reader.plan.readerID)
        memory.release(reader.plan.readerID)
        await groups[reader.plan.consumerGroup]?.group.detach(reader.plan.readerID.name)
    }

    /// Reserves memory: with a pack of its own place, or, where memory lacks, with the same pack of another
    /// place.
    private func reserve(
        _ id: ReaderID, _ survey: Survey, _ placement: ReaderPlacement
    ) async throws(ControllerError) -> (PackKey, ReaderMemory) {
        let summary = survey.model.summary
        var key = PackKey(
            checkpointDigest: summary.checkpointDigest, weightType: survey.identity.quantType,
            layoutID: summary.layoutID, place: placement.place)
        let reading = try await readMemory()
        // From here to the end nothing is awaited: what is reckoned is what is reserved.
        func reserveNow() throws(MemoryRefusal) -> ReaderMemory {
            let demand = MemoryDemand(
                summary: summary, isPackPresent: memory.holds(key), limits: survey.limits)
            let available = try memory.reserve(
                demand, for: id, pack: key, packByteCount: summary.packByteCount, reading: reading)
            return ReaderMemory(demand, available: available, lengthLimit: summary.maxPositionCount)
        }
        do throws(MemoryRefusal) {
            do throws(MemoryRefusal) {
                return (key, try reserveNow())
            } catch {
                guard let other = memory.holdsElsewhere(key) else { throw error }
                key = other
                return (key, try reserveNow())
            }
        } catch {
            throw .insufficientMemory(error)
        }
    }

    private func readMemory() async throws(ControllerError) -> MemoryLedger.Reading {
        let now = configuration.clock.now()
        let pids = readers.mapValues { $0.reader.desk.snapshot(at: now).pids }
        let sealed = await packs.sealedKeys
        do {
            return try await surveyor.readMemory(pids: pids, sealedPacks: sealed)
        } catch {
            throw .memoryUnknown(reason: "\(error)")
        }
    }

    private static func transport(_ choice: TransportChoice) -> Transport? {
        switch choice {
        case .auto: nil
        case .shm: .shm
        case .unix: .unix
        }
    }

    /// Enters readers that have everything they need, and hands them to `run`.
    private func serve(_ declaration: ReaderDeclaration, _ survey: Survey, _ taken: [Reader]) {
        let name = declaration.consumerGroup.value
        if let group = groups[name]?.group {
            groups[name]?.served = ServedGroup(
                name: name, group: group, tokenizer: survey.model.tokenizer, summary: survey.model.summary,
                identity: survey.identity)
        }
        for reader in taken {
            readers[reader.plan.readerID] = ReaderEntry(reader: reader, modelPath: survey.model.directory)
            readerOrder.append(reader.plan.readerID)
        }
        shareSpinBudget()
        begin(.readers(ReaderGroup(readers: taken)))
        configuration.logger.info(
            "readers declared",
            metadata: [
                "group.id": "\(name)", "reader.group": "\(declaration.name)", "readers": "\(taken.count)",
                "model": "\(survey.model.directory)",
            ])
    }
}
