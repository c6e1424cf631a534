import Foundation

/// Repeated measurements of one quantity.
struct Sample: Encodable {
    /// In the order they were taken.
    private(set) var values: [Double] = []

    /// Adds one measurement.
    mutating func add(_ value: Double) { values.append(value) }

    /// The same measurements in another unit.
    func scaled(by factor: Double) -> Sample {
        var scaled = Sample()
        for value in values { scaled.add(value * factor) }
        return scaled
    }

    /// The middle value, or the mean of the two in the middle; 0 without values.
    var median: Double {
        guard !values.isEmpty else { return 0 }
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

    /// Smallest value.
    var minimum: Double { values.min() ?? 0 }

    /// Largest value.
    var maximum: Double { values.max() ?? 0 }

    /// Median, minimum and maximum, as a person reads them.
    func spread(_ digits: Int) -> String {
        func number(_ value: Double) -> String { String(format: "%.\(digits)f", value) }
        return "\(number(median)) (\(number(minimum))-\(number(maximum)))"
    }

    private enum CodingKeys: String, CodingKey { case median, minimum, maximum, values }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(median, forKey: .median)
        try container.encode(minimum, forKey: .minimum)
        try container.encode(maximum, forKey: .maximum)
        try container.encode(values, forKey: .values)
    }
}

extension [String] {
    /// A line of a table: the first cell flush left, the others flush right, in columns of these widths.
    func joined(widths: [Int]) -> String {
        zip(self, widths).enumerated()
            .map { index, pair in
                let gap = String(repeating: " ", count: Swift.max(0, pair.1 - pair.0.count))
                return index == 0 ? pair.0 + gap : gap + pair.0
            }
            .joined(separator: "  ")
    }
}
