import Foundation

/// A page in the text format of Prometheus, parsed strictly: throws what the format forbids.
struct PrometheusPage {
    /// One line with a number.
    struct Sample: Equatable {
        let name: String
        let labels: [String: String]
        let value: Double
    }

    /// Everything between two TYPE lines.
    struct Family {
        let name: String
        var help: String?
        var kind = ""
        var samples: [Sample] = []
    }

    /// A rule that the page breaks.
    struct Violation: Error, Equatable {
        let line: String
        let rule: String
    }

    private(set) var families: [Family] = []

    init(_ text: String) throws {
        guard text.hasSuffix("\n") else { throw Violation(line: "", rule: "the last line ends") }
        for line in text.dropLast().split(separator: "\n", omittingEmptySubsequences: false) {
            try take(String(line))
        }
        for family in families { try Self.check(family) }
    }

    /// The value of a sample with exactly these labels; nil if there is none.
    func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
        families.lazy.flatMap(\.samples).first { $0.name == name && $0.labels == labels }?.value
    }

    // MARK: Lines

    private mutating func take(_ line: String) throws {
        if line.hasPrefix("# HELP ") {
            let (name, help) = Self.words(line.dropFirst(7))
            guard Self.isName(name) else { throw Violation(line: line, rule: "a family has a legal name") }
            try begin(name, line)
            families[families.count - 1].help = try Self.unescaped(help, quoted: false, line)
        } else if line.hasPrefix("# TYPE ") {
            let (name, kind) = Self.words(line.dropFirst(7))
            guard ["counter", "gauge", "histogram", "summary", "untyped"].contains(kind) else {
                throw Violation(line: line, rule: "a type is known")
            }
            if families.last?.name != name || families.last?.kind != "" { try begin(name, line) }
            guard families.last?.samples.isEmpty == true else {
                throw Violation(line: line, rule: "the type comes before the samples")
            }
            families[families.count - 1].kind = kind
        } else {
            let sample = try Self.sample(line)
            guard let family = families.last, Self.belongs(sample.name, to: family) else {
                throw Violation(line: line, rule: "a sample stands below its family's type")
            }
            let isNew = !family.samples.contains { $0.name == sample.name && $0.labels == sample.labels }
            guard isNew else { throw Violation(line: line, rule: "a sample comes once") }
            families[families.count - 1].samples.append(sample)
        }
    }

    private mutating func begin(_ name: String, _ line: String) throws {
        guard !families.contains(where: { $0.name == name }) else {
            throw Violation(line: line, rule: "a family comes once")
        }
        families.append(Family(name: name))
    }

    private static func words(_ text: Substring) -> (String, String) {
        let parts = text.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        return (String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
    }

    private static func isName(_ text: String) -> Bool {
        text.wholeMatch(of: /[a-zA-Z_:][a-zA-Z0-9_:]*/) != nil
    }

    private static func belongs(_ sample: String, to family: Family) -> Bool {
        switch family.kind {
        case "histogram": ["_bucket", "_sum", "_count"].contains { family.name + $0 == sample }
        case "summary": ["", "_sum", "_count"].contains { family.name + $0 == sample }
        default: family.name == sample
        }
    }

    // MARK: Samples

    private static func sample(_ line: String) throws -> Sample {
        let pattern = /([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)/
        guard let match = line.wholeMatch(of: pattern), let value = number(String(match.3)) else {
            throw Violation(line: line, rule: "a sample is a name, labels and a number")
        }
        return Sample(name: String(match.1), labels: try labels(String(match.2 ?? ""), line), value: value)
    }

    private static func number(_ text: String) -> Double? {
        switch text {
        case "+Inf": .infinity
        case "-Inf": -.infinity
        case "NaN": .nan
        default: text.wholeMatch(of: /[-+0-9.eE]+/) == nil ? nil : Double(text)
        }
    }

    private static func labels(_ text: String, _ line: String) throws -> [String: String] {
        var labels: [String: String] = [:]
        var rest = text[...]
        while !rest.isEmpty {
            let pattern = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"(,|$)/
            guard let match = rest.prefixMatch(of: pattern) else {
                throw Violation(line: line, rule: "labels are name=\"value\", with commas between")
            }
            let isNew =
                labels.updateValue(
                    try unescaped(String(match.2), quoted: true, line), forKey: String(match.1)) == nil
            guard isNew else { throw Violation(line: line, rule: "a label comes once") }
            rest = rest[match.range.upperBound...]
        }
        return labels
    }

    private static func unescaped(_ text: String, quoted: Bool, _ line: String) throws -> String {
        var result = ""
        var isEscape = false
        for character in text {
            switch (isEscape, character) {
            case (false, "\\"): isEscape = true
            case (false, _): result.append(character)
            case (true, "\\"): (isEscape, result) = (false, result + "\\")
            case (true, "n"): (isEscape, result) = (false, result + "\n")
            case (true, "\"") where quoted: (isEscape, result) = (false, result + "\"")
            default: throw Violation(line: line, rule: "only \\\\, \\n and \\\" in labels are escapes")
            }
        }
        guard !isEscape else { throw Violation(line: line, rule: "an escape is complete") }
        return result
    }

    // MARK: Families

    private static func check(_ family: Family) throws {
        func fail(_ rule: String) -> Violation { Violation(line: family.name, rule: rule) }
        guard !family.kind.isEmpty else { throw fail("a family has a type") }
        guard family.kind != "counter" || family.samples.allSatisfy({ $0.value >= 0 }) else {
            throw fail("a counter is no less than 0")
        }
        guard family.kind == "histogram" else { return }
        for count in family.samples where count.name.hasSuffix("_count") {
            let buckets = family.samples.filter {
                var labels = $0.labels
                return $0.name.hasSuffix("_bucket") && labels.removeValue(forKey: "le") != nil
                    && labels == count.labels
            }
            let bounds = buckets.compactMap { $0.labels["le"].flatMap(number) }
            guard bounds.count == buckets.count, bounds == bounds.sorted(), bounds.last == .infinity else {
                throw fail("buckets' bounds ascend to +Inf")
            }
            let values = buckets.map(\.value)
            guard values == values.sorted() else { throw fail("buckets are cumulative") }
            guard values.last == count.value else { throw fail("the bucket +Inf is the count") }
            guard family.samples.contains(where: { $0.name.hasSuffix("_sum") && $0.labels == count.labels })
            else { throw fail("a histogram has a sum") }
        }
        let bucketCount = family.samples.count { $0.name.hasSuffix("_bucket") }
        guard bucketCount == 0 || family.samples.contains(where: { $0.name.hasSuffix("_count") }) else {
            throw fail("a histogram has a count")
        }
    }
}
