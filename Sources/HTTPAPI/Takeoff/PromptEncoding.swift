import Controller
import Serving
import Tokenization

/// Turns a call's prompts into token ids and refuses those the group cannot continue, naming which of a
/// list it is.
struct PromptEncoding {
    /// The group that answers.
    let group: ServedGroup
    /// The call.
    let call: GenerateCall

    /// The ids of every prompt.
    func promptIDs() throws(APIError) -> [[Int32]] {
        var all: [[Int32]] = []
        for (index, prompt) in call.prompts.enumerated() {
            let field = call.isList ? "text[\(index)]" : "text"
            let ids = try encode(prompt, field: field)
            if let refusal = refusal(of: ids) {
                var error = APIError(refusal)
                error.field = field
                throw error
            }
            all.append(ids)
        }
        return all
    }

    private func encode(_ prompt: String, field: String) throws(APIError) -> [Int32] {
        let ids: [Int32]
        do {
            ids = try group.tokenizer.encode(prompt)
        } catch {
            throw APIError(.invalidField, "\(field) cannot be tokenized: \(error)", field: field)
        }
        guard let countMax = call.promptTokenCountMax, ids.count > countMax else { return ids }
        // The text's end is what the answer continues; what every text begins with stays, if there is room
        // for it.
        let prefix = group.tokenizer.prefixIDs()
        guard ids.starts(with: prefix), prefix.count < countMax else { return Array(ids.suffix(countMax)) }
        return prefix + ids.suffix(countMax - prefix.count)
    }

    private func refusal(of ids: [Int32]) -> ServingError? {
        if ids.isEmpty { return .emptyPrompt }
        let limit = group.maxSequenceLength
        return ids.count < limit ? nil : .promptTooLong(count: ids.count, limit: limit)
    }
}
