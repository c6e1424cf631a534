import Foundation
import Synchronization

/// The bytes of one file, read where they are needed: a few windows of it are in memory at a time, however large it
/// is.
///
/// A class because all who read the file share the last window and the open file, which the lock protects. What was
/// read once must be the same when it is read again.
final class FileBytes: Sendable {
    let byteCount: Int
    /// The file's name, for messages.
    let name: String
    /// How many bytes the tables may have together that are made of the file.
    let tableByteCountMax: Int
    private let state: Mutex<State>

    /// Neighbouring bytes of the file.
    struct Window {
        var start = 0
        var bytes: [UInt8] = []

        func contains(_ range: Range<Int>) -> Bool {
            range.lowerBound >= start && range.upperBound <= start + bytes.count
        }
    }

    private enum Origin {
        case memory(Data)
        case bytes([UInt8])
        case file(FileHandle)
    }

    private struct State {
        let origin: Origin
        /// The window that was read last.
        var window = Window()
        /// The hash of each window once it has been read, else 0.
        var hashes: [UInt64]
    }

    /// Windows begin at multiples of this.
    static let windowByteCount = 1 << 15

    /// Bytes that are in memory already; `Data` shares them.
    init(_ bytes: Data, name: String) {
        byteCount = bytes.count
        self.name = name
        tableByteCountMax = TokenizerLimits.tableByteCountMax(fileByteCount: bytes.count)
        state = Mutex(State(origin: .memory(bytes), hashes: Self.noHashes(bytes.count)))
    }

    /// Bytes that were made of a file.
    init(_ bytes: [UInt8], name: String, tableByteCountMax: Int) {
        byteCount = bytes.count
        self.name = name
        self.tableByteCountMax = tableByteCountMax
        state = Mutex(State(origin: .bytes(bytes), hashes: Self.noHashes(bytes.count)))
    }

    /// A file, or nil if there is none; `name` is what messages call it.
    init?(path: String, name: String, byteCountMax: Int) throws {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        self.name = name
        do {
            let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            // Of the open file, since the path may name a symbolic link, as all files of a hub's cache do.
            byteCount = Int(clamping: try handle.seekToEnd())
            tableByteCountMax = TokenizerLimits.tableByteCountMax(
                fileByteCount: min(byteCount, byteCountMax))
            state = Mutex(State(origin: .file(handle), hashes: Self.noHashes(min(byteCount, byteCountMax))))
        } catch {
            throw TokenizationError(.unreadableFile, "\(path): cannot be read: \(error.localizedDescription)")
        }
        guard byteCount <= byteCountMax else {
            throw TokenizationError(
                .limitExceeded, "\(path): has \(byteCount) bytes; allowed are \(byteCountMax)")
        }
    }

    private static func noHashes(_ byteCount: Int) -> [UInt64] {
        [UInt64](repeating: 0, count: (byteCount + windowByteCount - 1) / windowByteCount)
    }

    /// The window that holds the byte at `offset`, which is one of the file's.
    func window(at offset: Int) throws -> Window {
        try state.withLock { state in
            if state.window.contains(offset..<offset + 1) { return state.window }
            let number = offset / Self.windowByteCount
            let start = number * Self.windowByteCount
            let range = start..<min(byteCount, start + Self.windowByteCount)
            // Given back before the next one is read.
            state.window = Window()
            let window = Window(start: start, bytes: try Self.read(range, of: state.origin, name))
            let hash = byteHash(window.bytes.span) | 1
            guard window.bytes.count == range.count, state.hashes[number] == 0 || state.hashes[number] == hash
            else { throw TokenizationError(.unreadableFile, "\(name): changed while it was read") }
            state.hashes[number] = hash
            state.window = window
            return window
        }
    }

    private static func read(_ range: Range<Int>, of origin: Origin, _ name: String) throws -> [UInt8] {
        switch origin {
        case .memory(let bytes):
            return Array(bytes[bytes.startIndex + range.lowerBound..<bytes.startIndex + range.upperBound])
        case .bytes(let bytes): return Array(bytes[range])
        case .file(let handle):
            do {
                try handle.seek(toOffset: UInt64(range.lowerBound))
                return Array(try handle.read(upToCount: range.count) ?? Data())
            } catch {
                throw TokenizationError(
                    .unreadableFile, "\(name): cannot be read: \(error.localizedDescription)")
            }
        }
    }

    /// A copy of some bytes of the file.
    func copy(_ range: Range<Int>) throws -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(range.count)
        while bytes.count < range.count {
            let offset = range.lowerBound + bytes.count
            let window = try window(at: offset)
            bytes.append(
                contentsOf: window.bytes[(offset - window.start)...].prefix(range.count - bytes.count))
        }
        return bytes
    }

    /// All bytes, in memory at once.
    func all() throws -> [UInt8] { try copy(0..<byteCount) }

    /// Calls `body` with all bytes, window by window.
    func forEachWindow(_ body: ([UInt8]) throws -> Void) throws {
        for start in stride(from: 0, to: byteCount, by: Self.windowByteCount) {
            try body(try window(at: start).bytes)
        }
    }

    /// Makes sure that the file is UTF-8 text.
    func requireUTF8() throws {
        // The beginning of a character that the next window ends.
        var rest: [UInt8] = []
        try forEachWindow { bytes in
            let text = rest.isEmpty ? bytes : rest + bytes
            let end = UTF8Scan.incompleteTailStart(of: text)
            try requireUTF8(text.span.extracting(..<end))
            rest = Array(text[end...])
        }
        try requireUTF8(rest.span)
    }

    private func requireUTF8(_ bytes: Span<UInt8>) throws {
        do { _ = try UTF8Span(validating: bytes) } catch {
            throw TokenizationError(.malformedFile, "\(name): is not UTF-8 text")
        }
    }
}
