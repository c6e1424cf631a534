package import Serving
package import Tokenization

/// A word that answers may not hold.
package enum BannedWord: Equatable, Sendable {
    /// As text; not empty.
    case text(String)
    /// As token ids; not empty.
    case ids([Int32])

    /// The token sequences that are the word: of a text, as it begins a text and as it follows a space.
    func sequences(_ tokenizer: Tokenizer) throws -> [[Int32]] {
        switch self {
        case .ids(let ids): return [ids]
        case .text(let text):
            let word = String(text.drop { $0 == " " })
            var found: [[Int32]] = []
            for variant in [word, " " + word] where !word.isEmpty {
                let ids = try tokenizer.encode(variant, addSpecialTokens: false)
                if !ids.isEmpty, !found.contains(ids) { found.append(ids) }
            }
            return found
        }
    }
}

extension GenerationParameters {
    /// Bans words: single ids outright, of several the last one after the others.
    package mutating func ban(_ words: [BannedWord], tokenizer: Tokenizer) throws(ServingError) {
        for word in words {
            let sequences: [[Int32]]
            do { sequences = try word.sequences(tokenizer) } catch {
                throw .invalidParameter(
                    name: "bad_words", value: "\(word)", allowed: "words of the model: \(error)")
            }
            guard !sequences.isEmpty else {
                throw .invalidParameter(
                    name: "bad_words", value: "\(word)", allowed: "words with at least one token")
            }
            for sequence in sequences {
                if sequence.count == 1 {
                    bannedTokenIDs.append(sequence[0])
                } else {
                    bannedSequences.append(sequence)
                }
            }
        }
    }
}
