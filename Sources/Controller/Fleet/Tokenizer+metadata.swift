package import Foundation
package import Tokenization
package import WorkerMessages

extension Tokenizer {
    /// Reads a model's tokenizer: a GGUF file's out of its metadata, a directory's from its files.
    package convenience init(of model: URL, _ metadata: TokenizerMetadata?) throws {
        if let metadata {
            try self.init(
                gguf: model.path, metadata: metadata.json, fileByteCount: metadata.fileByteCount)
        } else {
            try self.init(directory: model)
        }
    }
}
