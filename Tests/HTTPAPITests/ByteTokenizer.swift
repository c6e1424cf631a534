import Foundation
import Tokenization

/// A byte-level vocabulary made here: id 0...255 is that byte, 256 begins a text, 257 ends one, and then
/// come pieces that only answers use. Ids are so easy to tell that tests can write them down.
enum ByteTokenizer {
    static let beginning: Int32 = 256
    static let end: Int32 = 257
    /// Id of the first of `pieces`.
    static let firstPiece: Int32 = 258

    /// Ids of a text's bytes.
    static func ids(_ text: String) -> [Int32] { text.utf8.map(Int32.init) }

    /// The tokenizer; `addsBeginning` puts `<s>` before every text.
    static func make(pieces: [String] = [], addsBeginning: Bool = true) throws -> Tokenizer {
        var vocabulary: [String: Int32] = ["<s>": beginning, "</s>": end]
        for byte in UInt8.min...UInt8.max { vocabulary[spelled([byte])] = Int32(byte) }
        for (index, piece) in pieces.enumerated() {
            vocabulary[spelled(Array(piece.utf8))] = firstPiece + Int32(index)
        }
        let special: (Int32, String) -> [String: Any] = { id, content in
            [
                "id": id, "content": content, "special": true, "normalized": false, "single_word": false,
                "lstrip": false, "rstrip": false,
            ]
        }
        var file: [String: Any] = [
            "version": "1.0", "added_tokens": [special(beginning, "<s>"), special(end, "</s>")],
            "normalizer": NSNull(),
            "pre_tokenizer": [
                "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false,
            ],
            "decoder": [
                "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false,
            ],
            "model": [
                "type": "BPE", "dropout": NSNull(), "unk_token": NSNull(),
                "continuing_subword_prefix": NSNull(),
                "end_of_word_suffix": NSNull(), "fuse_unk": false, "byte_fallback": false,
                "vocab": vocabulary, "merges": [String](),
            ],
        ]
        file["post_processor"] = addsBeginning ? template : NSNull()
        return try Tokenizer(
            tokenizerJSON: try JSONSerialization.data(withJSONObject: file), configJSON: nil)
    }

    private static var template: [String: Any] {
        let begin: [String: Any] = ["SpecialToken": ["id": "<s>", "type_id": 0]]
        let first: [String: Any] = ["Sequence": ["id": "A", "type_id": 0]]
        let second: [String: Any] = ["Sequence": ["id": "B", "type_id": 0]]
        return [
            "type": "TemplateProcessing", "single": [begin, first], "pair": [begin, first, second],
            "special_tokens": ["<s>": ["id": "<s>", "ids": [beginning], "tokens": ["<s>"]]],
        ]
    }

    /// Bytes in GPT-2's spelling: printable ones as themselves, the others from U+0100 on.
    private static func spelled(_ bytes: [UInt8]) -> String {
        var next: UInt32 = 256
        var letters: [UInt8: Unicode.Scalar] = [:]
        for byte in UInt8.min...UInt8.max {
            if (0x21...0x7E).contains(byte) || (0xA1...0xAC).contains(byte) || byte >= 0xAE {
                letters[byte] = Unicode.Scalar(byte)
            } else {
                letters[byte] = Unicode.Scalar(next)
                next += 1
            }
        }
        return String(String.UnicodeScalarView(bytes.compactMap { letters[$0] }))
    }
}
