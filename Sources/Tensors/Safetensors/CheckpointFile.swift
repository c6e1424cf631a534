import Glibc
import Platform

/// Why a file of a checkpoint could not be read.
package enum CheckpointFileError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The operating system refused; `code` is its errno.
    case failed(path: String, operation: String, code: Int32)
    /// Not a regular file.
    case notRegular(path: String)
    /// The file has more bytes than `limit`.
    case tooLarge(path: String, byteCount: Int, limit: Int)
    /// The file ends before the range that its header, or its size when it was opened, promised.
    case truncated(path: String, range: Range<Int>, byteCount: Int)

    package var description: String {
        switch self {
        case .failed(let path, let operation, let code):
            unsafe "\(path) cannot be \(operation): \(String(cString: strerror(code)))"
        case .notRegular(let path): "\(path) is not a regular file"
        case .tooLarge(let path, let byteCount, let limit):
            "\(path) has \(byteCount) bytes, allowed are \(limit)"
        case .truncated(let path, let range, let byteCount):
            "\(path) is truncated: bytes \(range.lowerBound) ..< \(range.upperBound) are needed, "
                + "\(byteCount) could be read"
        }
    }
}

/// A checkpoint's file, read with pread and never mapped: a file that shrinks while it is read is an error,
/// not a SIGBUS. Final class, since it owns a descriptor.
package final class CheckpointFile: Sendable {
    /// Where the file is.
    package let path: String
    /// Its size when it was opened.
    package let byteCount: Int
    /// Its number in its file system.
    package let inode: UInt64
    /// When it had last been written when it was opened, in nanoseconds since 1970.
    package let modifiedNanoseconds: Int64

    private let descriptor: OwnedDescriptor

    /// Opens a regular file for reading.
    package init(path: String) throws(CheckpointFileError) {
        let number = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard number >= 0 else { throw .failed(path: path, operation: "opened", code: errno) }
        descriptor = OwnedDescriptor(adopting: number)
        let status: FileStatus
        do { status = try descriptor.fileStatus() } catch {
            throw .failed(path: path, operation: "examined", code: errno)
        }
        guard status.isRegular else { throw .notRegular(path: path) }
        self.path = path
        byteCount = status.byteCount
        inode = status.inode
        modifiedNanoseconds = status.modifiedNanoseconds
    }

    /// Reads bytes `range` of the file to `buffer[start...]`, all of them or throws.
    package func read(
        _ range: Range<Int>, into buffer: inout [UInt8], at start: Int
    ) throws(CheckpointFileError) {
        precondition(range.lowerBound >= 0, "the range begins before the file")
        precondition(start >= 0 && start + range.count <= buffer.count, "the range exceeds the buffer")
        var done = 0
        while done < range.count {
            let count = unsafe buffer.withUnsafeMutableBytes { bytes in
                unsafe pread(
                    descriptor.rawValue, bytes.baseAddress! + start + done, range.count - done,
                    off_t(range.lowerBound + done))
            }
            if count < 0 {
                if errno == EINTR { continue }
                throw .failed(path: path, operation: "read", code: errno)
            }
            guard count > 0 else { throw .truncated(path: path, range: range, byteCount: done) }
            done += count
        }
    }

    /// Reads the whole file, which must have no more than `limit` bytes.
    package func readAll(limit: Int) throws(CheckpointFileError) -> [UInt8] {
        guard byteCount <= limit else { throw .tooLarge(path: path, byteCount: byteCount, limit: limit) }
        var bytes = [UInt8](repeating: 0, count: byteCount)
        try read(0..<byteCount, into: &bytes, at: 0)
        return bytes
    }
}
