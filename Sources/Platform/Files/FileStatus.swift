import CPlatform
import Glibc

/// What the system says about an open file.
package struct FileStatus: Equatable, Sendable {
    /// Whether it is a regular file.
    package let isRegular: Bool
    /// Its length.
    package let byteCount: Int
    /// The user who owns it.
    package let ownerID: UInt32
    /// Whether anyone but its owner may write it.
    package let isWritableByOthers: Bool
    /// Its number in its file system.
    package let inode: UInt64
    /// When it was last written, in nanoseconds since 1970.
    package let modifiedNanoseconds: Int64

    init(_ status: stat) {
        isRegular = status.st_mode & S_IFMT == S_IFREG
        byteCount = Int(status.st_size)
        ownerID = status.st_uid
        isWritableByOthers = status.st_mode & (S_IWGRP | S_IWOTH) != 0
        inode = UInt64(status.st_ino)
        modifiedNanoseconds = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
    }
}

extension OwnedDescriptor {
    /// Asks the system about the file.
    package func fileStatus() throws(SystemError) -> FileStatus {
        var status = stat()
        guard unsafe fstat(rawValue, &status) == 0 else { throw SystemError(call: "fstat", errno: errno) }
        return FileStatus(status)
    }

    /// Whether nothing can be written through this descriptor.
    package var isReadOnly: Bool { fcntl(rawValue, F_GETFL) & O_ACCMODE == O_RDONLY }
}
