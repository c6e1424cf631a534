/// Which of several answers to one prompt are its best: those with the highest mean log-probability of a token.
package enum ChoiceRanking {
    /// Indices of the best `count` answers, best first, ties by index.
    ///
    /// `sums` are the sums of each answer's log-probabilities. An answer without tokens comes last.
    package static func best(_ count: Int, sums: [Double], tokenCounts: [Int]) -> [Int] {
        precondition(sums.count == tokenCounts.count, "\(sums.count) sums of \(tokenCounts.count) answers")
        let means = zip(sums, tokenCounts).map { $1 == 0 ? -.infinity : $0 / Double($1) }
        let order = means.indices.sorted { left, right in
            means[left] != means[right] ? means[left] > means[right] : left < right
        }
        return Array(order.prefix(count))
    }
}
