/// The body of `/generate`: `{"text": …}`, a string for a string and an array for an array.
struct GenerateAnswer: Encodable {
    let texts: [String]
    /// One per text, if asked for.
    let metadata: [AnswerMetadata]?
    let isList: Bool

    private enum CodingKeys: CodingKey {
        case text
        case metadata
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        if isList {
            try container.encode(texts, forKey: .text)
            try container.encodeIfPresent(metadata, forKey: .metadata)
        } else {
            try container.encode(texts[0], forKey: .text)
            try container.encodeIfPresent(metadata?[0], forKey: .metadata)
        }
    }
}
