import Glibc
import Synchronization

/// Memory mapped into this process, unmapped with its last owner or earlier on request.
///
/// A class because a mapping has an identity. The address is kept as an atomic integer, so that the object
/// itself may be shared between threads; what its bytes mean and who may write them is up to the type that
/// owns the region.
package final class MappedRegion: Sendable {
    /// The length of the mapping.
    package let byteCount: Int
    /// Zero once unmapped.
    private let address: Atomic<UInt>

    /// Takes over a mapping of `byteCount` bytes that begins at `base`.
    @unsafe package init(adopting base: UnsafeMutableRawPointer, byteCount: Int) {
        self.byteCount = byteCount
        address = Atomic(UInt(bitPattern: base))
    }

    deinit {
        unmap()
    }

    /// The first byte. Calling this after `unmap()` is a bug and stops the process; the pointer dies with the
    /// region.
    @unsafe package var base: UnsafeMutableRawPointer {
        guard let pointer = unsafe UnsafeMutableRawPointer(bitPattern: address.load(ordering: .relaxed))
        else {
            preconditionFailure("the region of \(byteCount) bytes was unmapped before this use")
        }
        return unsafe pointer
    }

    /// Gives the mapping back now: sealing needs that. Doing it twice is harmless.
    package func unmap() {
        let old = address.exchange(0, ordering: .acquiringAndReleasing)
        if let pointer = unsafe UnsafeMutableRawPointer(bitPattern: old) {
            unsafe munmap(pointer, byteCount)
        }
    }

    /// Private zeroed memory without swap reservation: pages cost nothing until they are touched.
    package static func anonymous(byteCount: Int) throws(SystemError) -> MappedRegion {
        let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
        return try map(byteCount: byteCount, protection: PROT_READ | PROT_WRITE, flags: flags, descriptor: -1)
    }

    /// Maps the first `byteCount` bytes of a regular file that was opened for reading only.
    package static func readOnly(
        _ file: OwnedDescriptor, byteCount: Int
    ) throws(SystemError) -> MappedRegion {
        let status = try file.fileStatus()
        guard status.isRegular, status.byteCount >= byteCount, file.isReadOnly else {
            throw SystemError(
                .unexpectedDescriptor,
                "passed file has \(status.byteCount) bytes, or is none, or may be written; "
                    + "\(byteCount) bytes are to be read")
        }
        return try map(
            byteCount: byteCount, protection: PROT_READ, flags: MAP_SHARED, descriptor: file.rawValue)
    }

    static func map(
        byteCount: Int, protection: Int32, flags: Int32, descriptor: Int32
    ) throws(SystemError) -> MappedRegion {
        precondition(byteCount > 0, "cannot map \(byteCount) bytes")
        let base = unsafe mmap(nil, byteCount, protection, flags, descriptor, 0)
        guard let base = unsafe base, UInt(bitPattern: base) != UInt.max else {
            throw SystemError(call: "mmap", errno: errno, subject: "of \(byteCount) bytes")
        }
        return unsafe MappedRegion(adopting: base, byteCount: byteCount)
    }
}
