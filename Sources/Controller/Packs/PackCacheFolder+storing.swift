import Platform

/// A pack that is to be kept.
struct PackToKeep: Sendable {
    /// What it is.
    let key: PackCacheKey
    /// Its sealed memory.
    let descriptor: OwnedDescriptor
}

extension PackCacheFolder {
    /// The file whose lock a process holds while it changes the folder.
    static let lockName = "lock"

    /// What became of a pack that was to be kept.
    enum Keeping: Equatable {
        /// Its file was written, in place of these.
        case written(evicted: [String])
        /// Another process has kept it meanwhile.
        case presentAlready
    }

    /// Writes a pack's file. `goesOn` is asked between sections and while another process writes into the folder
    /// (after a pause of its own, since there is nothing to do then); false ends this with `.stopped` and leaves
    /// nothing behind.
    func keep(
        _ pack: PackToKeep, goesOn: (_ isWaiting: Bool) -> Bool
    ) throws(PackCacheFault) -> Keeping {
        let byteCount = pack.key.packByteCount + PackTrailer.byteCount(of: pack.key)
        guard byteCount <= byteCountMax else { throw .limit(needed: byteCount, allowed: byteCountMax) }
        do {
            try folder.create()
            var lock = try folder.lock(Self.lockName)
            while lock == nil {
                guard goesOn(true) else { throw PackCacheFault.stopped }
                lock = try folder.lock(Self.lockName)
            }
            defer { withExtendedLifetime(lock) {} }
            try removeUnfinished()
            // A file that cannot be used is replaced.
            if look(for: pack.key) == .present { return .presentAlready }
            let evicted = try makeRoom(for: byteCount, besides: pack.key.fileName)
            try write(pack, goesOn: goesOn)
            return .written(evicted: evicted)
        } catch {
            throw PackCacheFault(error)
        }
    }

    /// Removes what a process that died has left; the lock is this process's, so that nobody writes.
    private func removeUnfinished() throws(SystemError) {
        for name in try folder.names() where name.hasSuffix(PackCacheKey.unfinishedEnding) {
            try folder.remove(name)
        }
    }

    /// Removes the packs that were not used for longest until another `byteCount` bytes are within the limit. Removes
    /// nothing where the disk would be too full all the same.
    private func makeRoom(for byteCount: Int, besides name: String) throws -> [String] {
        let entries = try entries().filter { $0.name != name }
        var rest = entries.reduce(0) { $0 + $1.byteCount }
        var leaving: [Entry] = []
        for entry in entries.sorted(by: { $0.usedAt < $1.usedAt }) where rest + byteCount > byteCountMax {
            rest -= entry.byteCount
            leaving.append(entry)
        }
        let available = try folder.freeByteCount() + leaving.reduce(0) { $0 + $1.byteCount }
        guard byteCount <= available else {
            throw PackCacheFault.diskFull(needed: byteCount, available: available)
        }
        for entry in leaving { try folder.remove(entry.name) }
        return leaving.map(\.name)
    }

    private struct Entry {
        let name: String
        let byteCount: Int
        let usedAt: Int64
    }

    /// The finished packs.
    private func entries() throws(SystemError) -> [Entry] {
        var entries: [Entry] = []
        for name in try folder.names() where name.hasSuffix(PackCacheKey.fileNameEnding) {
            // Whatever cannot be opened is none of ours.
            guard let status = try? folder.open(name)?.fileStatus(), status.isRegular else { continue }
            entries.append(
                Entry(name: name, byteCount: status.byteCount, usedAt: status.modifiedNanoseconds))
        }
        return entries
    }

    /// Copies the pack, adds its trailer, and gives the file its name once all of it is on the disk.
    private func write(_ pack: PackToKeep, goesOn: (Bool) -> Bool) throws {
        let unfinished = pack.key.fileName + PackCacheKey.unfinishedEnding
        let file = try folder.create(unfinished)
        do {
            let byteCount = pack.key.packByteCount
            try file.reserve(byteCount: byteCount + PackTrailer.byteCount(of: pack.key))
            var buffer = SectionBuffer()
            var checksums: [SectionBuffer.Checksum] = []
            for section in 0..<SectionBuffer.sectionCount(of: byteCount) {
                guard goesOn(false) else { throw PackCacheFault.stopped }
                let range = SectionBuffer.range(of: section, of: byteCount)
                try buffer.read(range, of: pack.descriptor)
                checksums.append(buffer.checksum)
                try buffer.write(to: file, at: range.lowerBound)
            }
            let trailer = PackTrailer(key: pack.key, checksums: checksums).encoded
            try file.write(trailer, count: trailer.count, at: byteCount)
            try file.synchronize()
            try folder.rename(unfinished, to: pack.key.fileName)
        } catch {
            try? folder.remove(unfinished)
            throw error
        }
    }
}
