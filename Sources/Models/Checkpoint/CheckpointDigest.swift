import Crypto
package import Foundation
import Tensors

/// The identity of a model: two checkpoints with one digest give the same answers.
///
/// SHA-256 over, in this order, each part preceded by a line "kind name byteCount\n":
/// config.json, generation_config.json, the tokenizer's files and the index, as far as they exist, whole;
/// then every weight file, ascending by name: its header, and the first and last 4 KiB of each tensor (all of
/// a tensor of up to 8 KiB). Of a GGUF file: its header and the same parts of its tensors, in the file's order.
/// Names of directories and of GGUF files, and the files' times, have no part in it.
package struct CheckpointDigest: Hashable, Sendable, CustomStringConvertible {
    /// Bytes taken from either end of a tensor.
    static let sampleByteCount = 4096
    /// Bytes of a file that is hashed whole, at most.
    static let fileByteCountMax = 128 << 20
    /// Bytes of a GGUF header read at once.
    private static let fileReadByteCount = 1 << 20
    /// Files hashed whole, in this order.
    static let fileNames = [
        "config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json", "tokenizer.model",
        "special_tokens_map.json", "added_tokens.json", "vocab.json", "merges.txt", "chat_template.jinja",
        Checkpoint.indexFileName,
    ]

    /// 64 hexadecimal digits.
    package let hexadecimal: String

    package var description: String { hexadecimal }

    /// Computes the digest of a model's directory.
    package static func compute(_ directory: URL) throws(ModelError) -> CheckpointDigest {
        try compute(try Checkpoint(directory: directory))
    }

    /// Computes the digest of a checkpoint whose headers have been read.
    package static func compute(_ checkpoint: Checkpoint) throws(ModelError) -> CheckpointDigest {
        var hash = SHA256()
        do throws(CheckpointFileError) {
            switch checkpoint.contents {
            case .safetensors(let files, _):
                for name in fileNames {
                    guard let bytes = try contents(of: name, in: checkpoint.directory) else { continue }
                    hash.update(data: Array("file \(name) \(bytes.count)\n".utf8))
                    hash.update(data: bytes)
                }
                for file in files { try add(file, to: &hash) }
            case .gguf(let checkpoint): try add(checkpoint.file, to: &hash)
            }
        } catch { throw ModelError(error) }
        return CheckpointDigest(hexadecimal: hash.finalize().hexadecimal)
    }

    /// Says which files on this machine hold the weights, as they are now: SHA-256 over one line a file, "name size
    /// inode nanoseconds of its last change". The digest samples tensors; this also changes where a file was replaced
    /// or written to between the samples. Names of GGUF files have no part in it.
    package static func weightStamp(_ checkpoint: Checkpoint) -> String {
        var hash = SHA256()
        func add(_ name: String, _ file: CheckpointFile) {
            let line = "\(name) \(file.byteCount) \(file.inode) \(file.modifiedNanoseconds)\n"
            hash.update(data: Array(line.utf8))
        }
        switch checkpoint.contents {
        case .safetensors(let files, _): for file in files { add(file.name, file.contents.file) }
        case .gguf(let checkpoint): add("gguf", checkpoint.file.file)
        }
        return hash.finalize().hexadecimal
    }

    private static func contents(of name: String, in directory: URL) throws(CheckpointFileError) -> [UInt8]? {
        let path = directory.appending(path: name).path
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        return try CheckpointFile(path: path).readAll(limit: fileByteCountMax)
    }

    private static func add(_ file: Checkpoint.WeightFile, to hash: inout SHA256) throws(CheckpointFileError)
    {
        let contents = file.contents
        hash.update(data: Array("weights \(file.name) \(contents.file.byteCount)\n".utf8))
        hash.update(data: contents.lengthBytes)
        hash.update(data: contents.json)
        for tensor in contents.header.tensors { try add(tensor.range, of: contents.file, to: &hash) }
    }

    private static func add(_ file: GGUFFile, to hash: inout SHA256) throws(CheckpointFileError) {
        hash.update(data: Array("gguf \(file.file.byteCount)\n".utf8))
        var start = 0
        while start < file.headerRange.count {
            let end = min(start + fileReadByteCount, file.headerRange.count)
            var bytes = [UInt8](repeating: 0, count: end - start)
            try file.file.read(start..<end, into: &bytes, at: 0)
            hash.update(data: bytes)
            start = end
        }
        for tensor in file.tensors { try add(tensor.range, of: file.file, to: &hash) }
    }

    /// Both ends of a tensor, or all of a small one.
    private static func add(
        _ range: Range<Int>, of file: CheckpointFile, to hash: inout SHA256
    ) throws(CheckpointFileError) {
        var sample = [UInt8](repeating: 0, count: min(range.count, 2 * sampleByteCount))
        if range.count <= 2 * sampleByteCount {
            try file.read(range, into: &sample, at: 0)
        } else {
            try file.read(range.lowerBound..<range.lowerBound + sampleByteCount, into: &sample, at: 0)
            try file.read(
                range.upperBound - sampleByteCount..<range.upperBound, into: &sample, at: sampleByteCount)
        }
        hash.update(data: sample)
    }
}

extension SHA256.Digest {
    /// 64 hexadecimal digits.
    fileprivate var hexadecimal: String {
        let digits = Array("0123456789abcdef")
        return String(flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }
}
