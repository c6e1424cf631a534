/// The token that stands for what a vocabulary lacks.
struct UnknownToken: Sendable {
    let name: String
    /// Nil if the vocabulary lacks even this one; then a text that needs it cannot be encoded.
    let id: Int32?

    /// The id, or the error that a text needs it.
    func requiredID() throws -> Int32 {
        guard let id else {
            throw TokenizationError(
                .encodingFailed,
                "the text needs the unknown token \"\(name)\", which the vocabulary does not hold")
        }
        return id
    }
}
