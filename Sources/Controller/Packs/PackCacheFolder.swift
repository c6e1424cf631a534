import Dispatch
import Glibc
import Platform
import Synchronization

/// The pack cache on the disk: one file a pack, named after what decides its bytes, whoever writes it.
///
/// A finished file is never written again: it is made under another name and renamed, and it goes by `unlink`, which
/// leaves those alone who have it mapped. Everything here blocks on files.
struct PackCacheFolder: Sendable {
    /// The directory.
    let folder: PrivateFolder
    /// Bytes of all its packs at most.
    let byteCountMax: Int

    /// What the cache says of a pack.
    enum Finding: Equatable {
        /// There is no such file.
        case absent
        /// There is one of the right size and key; its bytes were not looked at.
        case present
        /// There is one that cannot be used.
        case unusable(PackCacheFault)
    }

    /// A file whose end is as it should be.
    struct Candidate {
        let descriptor: OwnedDescriptor
        let trailer: PackTrailer
    }

    /// Where a pack's file is, or would be.
    func path(of key: PackCacheKey) -> String { folder.path(of: key.fileName) }

    /// Looks for a pack without reading it.
    func look(for key: PackCacheKey) -> Finding {
        do throws(PackCacheFault) {
            return try candidate(key) == nil ? .absent : .present
        } catch {
            return .unusable(error)
        }
    }

    /// A pack's file, read and compared with its checksums by `threadCount` threads; nil if there is none. A file
    /// found damaged is removed.
    ///
    /// `goesOn` is asked with the bytes read so far, from any of the threads; false ends this with `.stopped`.
    func find(
        _ key: PackCacheKey, threadCount: Int, goesOn: @escaping @Sendable (_ byteCount: Int) -> Bool
    ) throws(PackCacheFault) -> OwnedDescriptor? {
        do throws(PackCacheFault) {
            guard let candidate = try self.candidate(key) else { return nil }
            let check = PackCheck(candidate, threadCount: threadCount, goesOn: goesOn)
            if let fault = check.run() { throw fault }
            // That this one was used lately is worth knowing, and no more than that.
            try? candidate.descriptor.touch()
            return candidate.descriptor
        } catch {
            if case .damaged = error { remove(key) }
            throw error
        }
    }

    /// Removes a pack's file; nothing depends on it.
    func remove(_ key: PackCacheKey) { try? folder.remove(key.fileName) }

    /// Opens a pack's file and looks at its owner, size and end.
    func candidate(_ key: PackCacheKey) throws(PackCacheFault) -> Candidate? {
        do {
            guard let descriptor = try folder.open(key.fileName) else { return nil }
            let status = try descriptor.fileStatus()
            try Self.requireOwn(status)
            let trailerByteCount = PackTrailer.byteCount(of: key)
            let byteCount = key.packByteCount + trailerByteCount
            guard status.byteCount == byteCount else {
                throw PackCacheFault.damaged("it has \(status.byteCount) bytes, this pack's has \(byteCount)")
            }
            var bytes = [UInt8](repeating: 0, count: trailerByteCount)
            try descriptor.read(key.packByteCount..<byteCount, into: &bytes)
            return Candidate(descriptor: descriptor, trailer: try PackTrailer(decoding: bytes, expected: key))
        } catch {
            throw PackCacheFault(error)
        }
    }

    private static func requireOwn(_ status: FileStatus) throws(PackCacheFault) {
        guard status.isRegular else { throw .foreign("it is no regular file") }
        guard status.ownerID == geteuid() || status.ownerID == 0 else {
            throw .foreign("it belongs to user \(status.ownerID)")
        }
        guard !status.isWritableByOthers else { throw .foreign("others may write it") }
    }
}

/// Compares a file's sections with their checksums, on several threads.
private final class PackCheck: Sendable {
    private let candidate: PackCacheFolder.Candidate
    private let threadCount: Int
    private let goesOn: @Sendable (Int) -> Bool
    /// What was found wrong first; then all threads end.
    private let fault = Mutex<PackCacheFault?>(nil)
    private let byteCountDone = Atomic(0)

    init(
        _ candidate: PackCacheFolder.Candidate, threadCount: Int, goesOn: @escaping @Sendable (Int) -> Bool
    ) {
        self.candidate = candidate
        self.threadCount = threadCount
        self.goesOn = goesOn
    }

    /// Blocks until all sections are compared; gives what is wrong.
    func run() -> PackCacheFault? {
        let count = candidate.trailer.checksums.count
        let threads = max(1, min(threadCount, count))
        DispatchQueue.concurrentPerform(iterations: threads) { thread in
            check(count * thread / threads..<count * (thread + 1) / threads)
        }
        return fault.withLock { $0 }
    }

    private func check(_ sections: Range<Int>) {
        var buffer = SectionBuffer()
        for section in sections where fault.withLock({ $0 == nil }) {
            let range = SectionBuffer.range(of: section, of: candidate.trailer.packByteCount)
            do throws(SystemError) {
                try buffer.read(range, of: candidate.descriptor)
            } catch {
                return report(.damaged(error.description))
            }
            guard buffer.checksum == candidate.trailer.checksums[section] else {
                return report(
                    .damaged("the checksum of bytes \(range.lowerBound) ..< \(range.upperBound) is wrong"))
            }
            let done = byteCountDone.add(range.count, ordering: .relaxed).newValue
            if !goesOn(done) { return report(.stopped) }
        }
    }

    private func report(_ found: PackCacheFault) {
        fault.withLock { if $0 == nil { $0 = found } }
    }
}
