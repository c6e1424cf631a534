import CPlatform
import Glibc

extension OwnedDescriptor {
    /// Reads `range` of the file into the start of `buffer`, all of it or throws: a file that ends early is an error.
    package func read(_ range: Range<Int>, into buffer: inout [UInt8]) throws(SystemError) {
        precondition(range.count <= buffer.count, "\(range.count) bytes into \(buffer.count)")
        var done = 0
        while done < range.count {
            let count = unsafe buffer.withUnsafeMutableBytes { bytes in
                unsafe pread(
                    rawValue, bytes.baseAddress! + done, range.count - done, off_t(range.lowerBound + done))
            }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw SystemError(call: "read", errno: errno) }
            guard count > 0 else {
                throw SystemError(
                    .unreadable,
                    "the file ends at byte \(range.lowerBound + done), before \(range.upperBound)")
            }
            done += count
        }
    }

    /// Writes the first `count` bytes of `buffer` at `offset` of the file, all of them or throws.
    package func write(_ buffer: [UInt8], count: Int, at offset: Int) throws(SystemError) {
        precondition(count <= buffer.count, "\(count) bytes of \(buffer.count)")
        var done = 0
        while done < count {
            let written = unsafe buffer.withUnsafeBytes { bytes in
                unsafe pwrite(rawValue, bytes.baseAddress! + done, count - done, off_t(offset + done))
            }
            if written < 0 && errno == EINTR { continue }
            guard written >= 0 else { throw SystemError(call: "write", errno: errno) }
            done += written
        }
    }

    /// Reserves room for the file's first bytes, so that a full disk is found before anything is written; does
    /// nothing where the file system cannot.
    package func reserve(byteCount: Int) throws(SystemError) {
        let result = skein_reserve(rawValue, Int64(byteCount))
        if result == -EOPNOTSUPP || result == -ENOSYS { return }
        _ = try SystemError.check(result, "fallocate", "of \(byteCount) bytes")
    }

    /// Returns once the file's bytes are on the disk.
    package func synchronize() throws(SystemError) {
        guard fsync(rawValue) == 0 else { throw SystemError(call: "fsync", errno: errno) }
    }

    /// Sets the file's times to now.
    package func touch() throws(SystemError) {
        _ = try SystemError.check(skein_touch(rawValue), "futimens")
    }
}
