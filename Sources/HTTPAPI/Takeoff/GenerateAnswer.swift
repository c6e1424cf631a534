/// The body of `/generate`: `{"text": …}`, a string for a string and an array for an array; with `n` above 1 an array
/// of `n` strings in place of each string.
struct GenerateAnswer: Encodable {
    /// The answer, or answers, to one prompt.
    struct Choices {
        var texts: [String]
        /// One per text, if asked for.
        var metadata: [AnswerMetadata]?
    }

    let prompts: [Choices]
    let isList: Bool
    /// Whether each prompt has an array of answers.
    let hasChoices: Bool

    private enum CodingKeys: CodingKey {
        case text
        case metadata
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        let metadata = prompts.compactMap(\.metadata)
        switch (isList, hasChoices) {
        case (true, true):
            try container.encode(prompts.map(\.texts), forKey: .text)
            if !metadata.isEmpty { try container.encode(metadata, forKey: .metadata) }
        case (true, false):
            try container.encode(prompts.map { $0.texts[0] }, forKey: .text)
            if !metadata.isEmpty { try container.encode(metadata.map { $0[0] }, forKey: .metadata) }
        case (false, true):
            try container.encode(prompts[0].texts, forKey: .text)
            if !metadata.isEmpty { try container.encode(metadata[0], forKey: .metadata) }
        case (false, false):
            try container.encode(prompts[0].texts[0], forKey: .text)
            if !metadata.isEmpty { try container.encode(metadata[0][0], forKey: .metadata) }
        }
    }
}
