import Logging
import Platform
import WorkerMessages

/// A pack whose bytes are final, through a descriptor that cannot write.
struct SealedPack: Sendable {
    /// What workers map.
    let descriptor: OwnedDescriptor
    /// Whether it is a file of the pack cache, not sealed memory.
    var isCached = false

    /// What workers are told about it.
    var role: PackRole { isCached ? .mapFile : .map }
}

/// What a reader gets when its turn has come.
enum PackGrant: Sendable {
    /// An empty pack to write; every other reader of it waits.
    case build(MemoryFile)
    /// The finished pack.
    case map(SealedPack)
    /// The memory could not be had.
    case failed(SystemError)
}

/// Owns the packs' memory files: makes, seals, hands out and frees them as `PackRegistry` decides.
actor PackStore {
    private var registry = PackRegistry()
    /// Packs that are being written.
    private var unsealed: [PackKey: MemoryFile] = [:]
    private var sealed: [PackKey: SealedPack] = [:]
    private var byteCounts: [PackKey: Int] = [:]
    /// Where readers wait. Bound: one event each.
    private var waiting: [ReaderID: AsyncStream<PackGrant>.Continuation] = [:]
    private let logger: Logger

    /// Makes a store without packs.
    init(logger: Logger) {
        self.logger = logger
    }

    /// Packs whose bytes are final and have their memory. Those of the pack cache are not among them: the system
    /// counts a file's pages as available, mapped or not.
    var sealedKeys: Set<PackKey> { Set(sealed.filter { !$0.value.isCached }.keys) }

    /// Asks for a pack of `byteCount` bytes; the stream yields one grant, at once or when its turn has come.
    ///
    /// A reader that stops waiting calls `withdraw`, whether or not a grant was on its way.
    func request(_ key: PackKey, byteCount: Int, by reader: ReaderID) -> AsyncStream<PackGrant> {
        let (grants, continuation) = AsyncStream.makeStream(
            of: PackGrant.self, bufferingPolicy: .bufferingOldest(1))
        waiting[reader] = continuation
        byteCounts[key] = byteCount
        let gone = perform(registry.request(key, by: reader))
        precondition(gone.isEmpty, "a request for a pack made another one go")
        return grants
    }

    /// Freezes the pack that this reader has built and gives it to everyone who waits, the builder included.
    func seal(_ key: PackKey, by reader: ReaderID) throws(SystemError) -> SealedPack {
        guard let file = unsealed[key] else {
            throw SystemError(.unexpectedDescriptor, "the pack that \(reader) has built was discarded")
        }
        try file.seal()
        let pack = SealedPack(descriptor: try file.reopenReadOnly())
        unsealed[key] = nil
        sealed[key] = pack
        logger.info(
            "pack sealed",
            metadata: [
                "reader.id": "\(reader)", "pack.bytes": "\(file.byteCount)", "pack.layout": "\(key.layoutID)",
            ])
        let gone = perform(registry.seal(by: reader))
        precondition(gone.isEmpty, "sealing a pack made another one go")
        return pack
    }

    /// Takes a file of the pack cache for the pack that this reader was to build, and gives it to everyone who waits.
    func adopt(
        _ file: OwnedDescriptor, as key: PackKey, by reader: ReaderID
    ) throws(SystemError) -> SealedPack {
        guard unsealed.removeValue(forKey: key) != nil else {
            throw SystemError(.unexpectedDescriptor, "the pack that \(reader) has found was discarded")
        }
        let pack = SealedPack(descriptor: file, isCached: true)
        sealed[key] = pack
        let gone = perform(registry.seal(by: reader))
        precondition(gone.isEmpty, "finding a pack made another one go")
        return pack
    }

    /// A pack of the cache turned out to be unreadable: whoever asks next builds it. Returns what is to be let go of,
    /// as `withdraw` does.
    func condemn(_ key: PackKey) -> [OwnedDescriptor] {
        guard sealed[key]?.isCached == true else { return [] }
        return perform(registry.condemn(key))
    }

    /// The reader's workers are gone, or it waits no longer. Returns what is to be let go of.
    ///
    /// Closing a pack's last descriptor frees its pages, which takes a second for a few GiB: the caller does
    /// that on its own thread, so that the cooperative pool is not blocked.
    func withdraw(_ reader: ReaderID) -> [OwnedDescriptor] {
        waiting.removeValue(forKey: reader)?.finish()
        return perform(registry.withdraw(reader))
    }

    /// The reader is gone for good. Returns what is to be let go of, as `withdraw` does.
    func release(_ reader: ReaderID) -> [OwnedDescriptor] {
        waiting.removeValue(forKey: reader)?.finish()
        return perform(registry.release(reader))
    }

    /// Does it; returns the packs that are no more.
    private func perform(_ actions: [PackRegistry.Action]) -> [OwnedDescriptor] {
        var gone: [OwnedDescriptor] = []
        for action in actions {
            switch action {
            case .build(let key, let reader): grantBuilding(key, to: reader)
            case .map(let key, let reader): grantMapping(key, to: reader)
            case .discard(let key):
                if let file = unsealed.removeValue(forKey: key) { gone.append(file.descriptor) }
                logger.info("half-written pack discarded", metadata: ["pack.layout": "\(key.layoutID)"])
            case .free(let key):
                if let pack = sealed.removeValue(forKey: key) { gone.append(pack.descriptor) }
                byteCounts[key] = nil
                logger.info("pack freed", metadata: ["pack.layout": "\(key.layoutID)"])
            }
        }
        return gone
    }

    private func grantBuilding(_ key: PackKey, to reader: ReaderID) {
        do throws(SystemError) {
            let file = try MemoryFile.create(name: "skein-pack", byteCount: byteCounts[key, default: 0])
            unsealed[key] = file
            grant(.build(file), to: reader)
        } catch {
            // The reader withdraws when it hears of it, and the next one tries.
            grant(.failed(error), to: reader)
        }
    }

    private func grantMapping(_ key: PackKey, to reader: ReaderID) {
        // The builder itself has its descriptor from `seal` and does not wait.
        guard let pack = sealed[key] else { return }
        grant(.map(pack), to: reader)
    }

    private func grant(_ grant: PackGrant, to reader: ReaderID) {
        let continuation = waiting.removeValue(forKey: reader)
        continuation?.yield(grant)
        continuation?.finish()
    }
}
