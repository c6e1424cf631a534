import Glibc

/// Reads the small text files of /proc and /sys.
enum SystemFile {
    /// Longer files are not what we take them for: 1 MiB.
    static let byteCountMax = 1 << 20

    /// The whole text of a file.
    static func read(_ path: String) throws(SystemError) -> String {
        let number = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard number >= 0 else { throw SystemError(call: "open", errno: errno, subject: path) }
        let descriptor = OwnedDescriptor(adopting: number)
        defer { withExtendedLifetime(descriptor) {} }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 4096)
        while bytes.count <= byteCountMax {
            let count = unsafe Glibc.read(descriptor.rawValue, &part, part.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw SystemError(call: "read", errno: errno, subject: path) }
            if count == 0 { return String(decoding: bytes, as: UTF8.self) }
            bytes.append(contentsOf: part.prefix(count))
        }
        throw SystemError(.unreadable, "\(path) has more than \(byteCountMax) bytes")
    }

    /// The lines "Key:   123 kB" of a /proc file, in bytes.
    static func kilobyteFields(of text: String) -> [(key: String, byteCount: Int)] {
        text.split(separator: "\n").compactMap { line in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            let words = line[line.index(after: colon)...].split(whereSeparator: \.isWhitespace)
            guard words.count == 2, words[1] == "kB", let value = Int(words[0]) else { return nil }
            return (String(line[..<colon]), value * 1024)
        }
    }
}
