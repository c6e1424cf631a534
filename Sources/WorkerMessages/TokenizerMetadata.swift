/// What a GGUF file says of its tokenizer.
package struct TokenizerMetadata: Codable, Equatable, Sendable {
    /// An object of all values of the metadata whose keys begin with `tokenizer.`, in UTF-8.
    package var json: [UInt8]
    /// How many bytes the file's header has: memory for what is made of it is in proportion to them.
    package var fileByteCount: Int

    /// Makes metadata.
    package init(json: [UInt8], fileByteCount: Int) {
        self.json = json
        self.fileByteCount = fileByteCount
    }
}
