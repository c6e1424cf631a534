/// The kernel's way to write sets of processors or nodes: "0-3,8,10-11".
enum CPUList {
    /// The numbers in ascending order; nil if the text is none of that kind.
    static func parse(_ text: String) -> [Int]? {
        var numbers: [Int] = []
        let trimmed = text.split(whereSeparator: \.isWhitespace).joined()
        if trimmed.isEmpty { return [] }
        for part in trimmed.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
            guard let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2,
                first >= 0, last >= first, last < ThreadAffinity.processorCountMax
            else { return nil }
            numbers.append(contentsOf: first...last)
        }
        return Array(Set(numbers)).sorted()
    }
}
