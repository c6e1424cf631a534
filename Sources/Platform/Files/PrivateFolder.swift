import CPlatform
import Glibc

/// A directory whose files this program alone writes, addressed by their names in it.
package struct PrivateFolder: Equatable, Sendable {
    /// Where it is, without a slash at the end.
    package let path: String

    /// Names a directory, which need not exist.
    package init(path: String) { self.path = path }

    /// Where a file of this name is.
    package func path(of name: String) -> String { "\(path)/\(name)" }

    /// Makes the directory, and those above it that lack, for this user alone.
    package func create() throws(SystemError) {
        var end = path.startIndex
        while end < path.endIndex {
            end = path[path.index(after: end)...].firstIndex(of: "/") ?? path.endIndex
            let part = String(path[..<end])
            guard unsafe mkdir(part, 0o700) != 0, errno != EEXIST else { continue }
            let number = errno
            var status = stat()
            // A parent that is there and may not be written is no reason yet.
            if unsafe stat(part, &status) == 0 { continue }
            throw SystemError(call: "mkdir", errno: number, subject: part)
        }
    }

    /// Names of what is in it, in no order.
    package func names() throws(SystemError) -> [String] {
        guard let stream = unsafe opendir(path) else {
            throw SystemError(call: "opendir", errno: errno, subject: path)
        }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }

    /// Opens a file for reading; nil if there is none. A symbolic link is not followed.
    package func open(_ name: String) throws(SystemError) -> OwnedDescriptor? {
        let file = path(of: name)
        let number = unsafe Glibc.open(file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        if number < 0 && errno == ENOENT { return nil }
        guard number >= 0 else { throw SystemError(call: "open", errno: errno, subject: file) }
        return OwnedDescriptor(adopting: number)
    }

    /// Makes a file, which must not exist, for this user alone.
    package func create(_ name: String) throws(SystemError) -> OwnedDescriptor {
        let file = path(of: name)
        let number = unsafe Glibc.open(
            file, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard number >= 0 else { throw SystemError(call: "open", errno: errno, subject: file) }
        return OwnedDescriptor(adopting: number)
    }

    /// Takes a lock that one process at a time has, until the descriptor is closed; nil if another one has it.
    package func lock(_ name: String) throws(SystemError) -> OwnedDescriptor? {
        let file = path(of: name)
        let number = unsafe Glibc.open(file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard number >= 0 else { throw SystemError(call: "open", errno: errno, subject: file) }
        let descriptor = OwnedDescriptor(adopting: number)
        let result = skein_try_lock(number)
        if result == -EWOULDBLOCK { return nil }
        _ = try SystemError.check(result, "flock", file)
        return descriptor
    }

    /// Removes a file; one that is gone already is no error.
    package func remove(_ name: String) throws(SystemError) {
        let file = path(of: name)
        guard unsafe unlink(file) == 0 || errno == ENOENT else {
            throw SystemError(call: "unlink", errno: errno, subject: file)
        }
    }

    /// Gives a file another name, in place of the file that has it, and returns once that is on the disk.
    package func rename(_ name: String, to newName: String) throws(SystemError) {
        guard unsafe Glibc.rename(path(of: name), path(of: newName)) == 0 else {
            throw SystemError(call: "rename", errno: errno, subject: path(of: name))
        }
        let number = unsafe Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard number >= 0 else { throw SystemError(call: "open", errno: errno, subject: path) }
        let descriptor = OwnedDescriptor(adopting: number)
        // Some file systems cannot; the rename itself is done.
        guard fsync(descriptor.rawValue) == 0 || errno == EINVAL else {
            throw SystemError(call: "fsync", errno: errno, subject: path)
        }
    }

    /// Bytes that may still be written to its disk.
    package func freeByteCount() throws(SystemError) -> Int {
        var status = statvfs()
        guard unsafe statvfs(path, &status) == 0 else {
            throw SystemError(call: "statvfs", errno: errno, subject: path)
        }
        return Int(
            clamping: UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize))
                .partialValue)
    }
}
