import ArgumentParser
import Foundation
import Models
import Tensors

extension NamedShape: ExpressibleByArgument {}

/// Where random checkpoints of named shapes are kept, so that benchmarks take the same path as real models.
struct ShapeFolder {
    /// Holds one folder per shape.
    let url: URL

    /// The shape's directory; written on first use, found complete afterwards.
    func directory(of shape: NamedShape) throws -> URL {
        let directory = url.appending(path: shape.rawValue)
        let marker = directory.appending(path: "complete")
        if FileManager.default.fileExists(atPath: marker.path) { return directory }
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        StandardError.write("writing random weights of \(shape.rawValue) to \(directory.path)\n")
        try RandomCheckpoint.write(
            configurationJSON: shape.configurationJSON, dtype: shape.isHalf ? .bf16 : .f32, seed: 1,
            to: directory)
        try Data(try Self.byteTokenizer().utf8).write(to: directory.appending(path: "tokenizer.json"))
        try Data().write(to: marker)
        return directory
    }

    /// A tokenizer of the 256 bytes, so that the directory is complete; benchmarks send ids.
    private static func byteTokenizer() throws -> String {
        let printable = Array(33...126) + Array(161...172) + Array(174...255)
        var vocabulary: [String: Int] = [:]
        var next = 256
        for byte in 0..<256 {
            var scalar = byte
            if !printable.contains(byte) {
                scalar = next
                next += 1
            }
            guard let character = Unicode.Scalar(UInt32(scalar)) else { continue }
            vocabulary[String(Character(character))] = byte
        }
        let bytes = try JSONEncoder().encode(vocabulary)
        let byteLevel =
            #"{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true}"#
        return """
            {"version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "normalizer": null,
             "pre_tokenizer": \(byteLevel), "post_processor": null, "decoder": \(byteLevel),
             "model": {"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": "",
              "end_of_word_suffix": "", "fuse_unk": false, "byte_fallback": false, "ignore_merges": false,
              "vocab": \(String(decoding: bytes, as: UTF8.self)), "merges": []}}
            """
    }
}
