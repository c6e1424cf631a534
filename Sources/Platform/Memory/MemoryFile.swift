import CPlatform
import Glibc

/// A file that lives in memory and is passed between processes by descriptor (a memfd).
///
/// A class because it shares its descriptor with those it is passed to.
package final class MemoryFile: Sendable {
    /// How a mapping may be used.
    package enum Access: Sendable {
        /// Reading only; the only kind a sealed file allows.
        case readOnly
        /// Reading and writing, seen by every other mapping.
        case readWrite
    }

    /// What can no longer be done to a file.
    package struct Seals: OptionSet, Equatable, Sendable {
        /// The kernel's bits.
        package let rawValue: Int32
        /// Takes the kernel's bits.
        package init(rawValue: Int32) { self.rawValue = rawValue }

        /// Its bytes cannot change.
        package static let write = Seals(rawValue: skein_seal_write())
        /// It cannot become shorter.
        package static let shrink = Seals(rawValue: skein_seal_shrink())
        /// It cannot become longer.
        package static let grow = Seals(rawValue: skein_seal_grow())
        /// No seal can be added.
        package static let seal = Seals(rawValue: skein_seal_seal())
        /// All four, as `seal()` sets them.
        package static let all: Seals = [.write, .shrink, .grow, .seal]
    }

    /// What is passed to other processes.
    package let descriptor: OwnedDescriptor
    /// The file's length, fixed when it was made.
    package let byteCount: Int

    private init(descriptor: OwnedDescriptor, byteCount: Int) {
        self.descriptor = descriptor
        self.byteCount = byteCount
    }

    /// Makes a file of `byteCount` zero bytes; its pages are allocated by whoever touches them first.
    ///
    /// The name appears in /proc/<pid>/maps as /memfd:<name> and need not be unique; it has at most 249
    /// bytes.
    package static func create(name: String, byteCount: Int) throws(SystemError) -> MemoryFile {
        precondition(byteCount > 0, "a memory file of \(byteCount) bytes has no use")
        let number = unsafe try SystemError.check(skein_memfd_create(name), "memfd_create", name)
        let descriptor = OwnedDescriptor(adopting: number)
        guard ftruncate(descriptor.rawValue, byteCount) == 0 else {
            throw SystemError(call: "ftruncate", errno: errno, subject: "\(name) to \(byteCount) bytes")
        }
        return MemoryFile(descriptor: descriptor, byteCount: byteCount)
    }

    /// Takes over a descriptor that another process sent, after checking the file's length.
    package convenience init(
        adopting descriptor: OwnedDescriptor, expectedByteCount: Int
    ) throws(SystemError) {
        var status = stat()
        guard unsafe fstat(descriptor.rawValue, &status) == 0 else {
            throw SystemError(call: "fstat", errno: errno)
        }
        guard status.st_mode & S_IFMT == S_IFREG, Int(status.st_size) == expectedByteCount else {
            throw SystemError(
                .unexpectedDescriptor,
                "passed memory file has \(status.st_size) bytes (mode \(status.st_mode)), "
                    + "expected \(expectedByteCount)"
            )
        }
        self.init(descriptor: descriptor, byteCount: expectedByteCount)
    }

    /// Maps the whole file, shared with every other mapping of it.
    package func map(_ access: Access) throws(SystemError) -> MappedRegion {
        let protection = access == .readOnly ? PROT_READ : PROT_READ | PROT_WRITE
        return try MappedRegion.map(
            byteCount: byteCount, protection: protection, flags: Int32(MAP_SHARED),
            descriptor: descriptor.rawValue)
    }

    /// Freezes bytes and length for ever; fails with `.writableMappingLives` while anyone can still write.
    package func seal() throws(SystemError) {
        let result = skein_memfd_seal(descriptor.rawValue)
        if result == -EBUSY {
            throw SystemError(
                .writableMappingLives, "memory file of \(byteCount) bytes still has a writable mapping")
        }
        _ = try SystemError.check(result, "fcntl(F_ADD_SEALS)")
    }

    /// What has been sealed so far.
    package func seals() throws(SystemError) -> Seals {
        Seals(rawValue: try SystemError.check(skein_memfd_seals(descriptor.rawValue), "fcntl(F_GET_SEALS)"))
    }

    /// A second descriptor of the same file through which nothing can be written, whatever the seals.
    package func reopenReadOnly() throws(SystemError) -> OwnedDescriptor {
        let path = "/proc/self/fd/\(descriptor.rawValue)"
        let number = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard number >= 0 else { throw SystemError(call: "open", errno: errno, subject: path) }
        return OwnedDescriptor(adopting: number)
    }
}
