import Foundation
import Logging
import Platform
import Serving
import Synchronization
import WorkerMessages

/// Keeps packs beyond this process's life: finds those of earlier starts, and writes new ones while readers serve.
///
/// Writing goes on in a thread of its own, so that a slow, full or forbidden disk delays nobody; finding blocks the
/// caller's.
actor PackKeeper {
    /// Packs that may wait to be written.
    static let waitingCountMax = 16
    /// How long to wait before another process's lock is tried again.
    private static let lockPauseMicroseconds: UInt32 = 100_000

    private struct Offer: Sendable {
        let pack: PackToKeep
        let modelDirectory: String
    }

    nonisolated let executor = ThreadExecutor(name: "skein-packs")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.unowned }
    /// The files.
    nonisolated let folder: PackCacheFolder
    private nonisolated let threadCount: Int
    private nonisolated let clock: ServingClock
    private nonisolated let logger: Logger
    private let inspector: any ModelInspecting
    /// Bound: `waitingCountMax`.
    private let offers: AsyncStream<Offer>
    private nonisolated let newOffers: AsyncStream<Offer>.Continuation
    /// When writing ends at the latest; nil: not yet known.
    private nonisolated let deadline = Mutex<Duration?>(nil)

    /// Makes a keeper whose checks use `threadCount` threads; `run()` writes.
    init(
        _ folder: PackCacheFolder, threadCount: Int, inspector: any ModelInspecting, clock: ServingClock,
        logger: Logger
    ) {
        self.folder = folder
        self.threadCount = threadCount
        self.inspector = inspector
        self.clock = clock
        self.logger = logger
        (offers, newOffers) = AsyncStream.makeStream(
            of: Offer.self, bufferingPolicy: .bufferingOldest(Self.waitingCountMax))
    }

    /// A pack's file, checked; nil if there is none that can be used, and then a line says why. `goesOn` is asked
    /// with the bytes checked so far, from any thread.
    nonisolated func find(
        _ key: PackCacheKey, metadata: Logger.Metadata,
        goesOn: @escaping @Sendable (_ byteCount: Int) -> Bool
    ) -> OwnedDescriptor? {
        let start = clock.now()
        var metadata = metadata
        metadata["pack.path"] = "\(folder.path(of: key))"
        do throws(PackCacheFault) {
            guard let found = try folder.find(key, threadCount: threadCount, goesOn: goesOn) else {
                logger.info("pack is not in the pack cache", metadata: metadata)
                return nil
            }
            metadata["pack.bytes"] = "\(key.packByteCount)"
            metadata["seconds"] = "\((clock.now() - start).inSeconds)"
            logger.info("pack found in the pack cache", metadata: metadata)
            return found
        } catch {
            if error == .stopped { return nil }
            metadata["error"] = "\(error)"
            logger.warning("pack in the pack cache cannot be used, it is built", metadata: metadata)
            return nil
        }
    }

    /// Has a pack written when its turn comes.
    nonisolated func offer(_ pack: PackToKeep, of modelDirectory: String) {
        let result = newOffers.yield(Offer(pack: pack, modelDirectory: modelDirectory))
        if case .dropped = result {
            logger.warning(
                "pack is not kept: too many wait", metadata: ["pack.path": "\(folder.path(of: pack.key))"])
        }
    }

    /// Writes what is offered until `finish`; being cancelled gives up what is being written.
    func run() async {
        for await offer in offers { keep(offer) }
        executor.stop()
    }

    /// Nothing more is offered; what waits is written until `deadline`.
    nonisolated func finish(by deadline: Duration) {
        self.deadline.withLock { $0 = deadline }
        newOffers.finish()
    }

    private func keep(_ offer: Offer) {
        let start = clock.now()
        let key = offer.pack.key
        var metadata: Logger.Metadata = ["pack.path": "\(folder.path(of: key))"]
        do throws(PackCacheFault) {
            // A file that cannot be read any more has changed, too.
            let stamp = try? inspector.weightStamp(of: URL(filePath: offer.modelDirectory))
            guard stamp == key.weightStamp else { throw .weightsChanged }
            let keeping = try folder.keep(offer.pack) { isWaiting in
                if isWaiting { usleep(Self.lockPauseMicroseconds) }
                return !Task.isCancelled && isInTime
            }
            guard case .written(let evicted) = keeping else {
                logger.info("pack is in the pack cache already", metadata: metadata)
                return
            }
            for name in evicted {
                logger.info(
                    "pack removed from the pack cache",
                    metadata: ["pack.path": "\(folder.folder.path(of: name))"])
            }
            metadata["pack.bytes"] = "\(key.packByteCount)"
            metadata["seconds"] = "\((clock.now() - start).inSeconds)"
            logger.info("pack written to the pack cache", metadata: metadata)
        } catch {
            metadata["error"] = "\(error)"
            logger.warning("pack is not kept", metadata: metadata)
        }
    }

    private nonisolated var isInTime: Bool {
        guard let deadline = deadline.withLock({ $0 }) else { return true }
        return clock.now() < deadline
    }
}
