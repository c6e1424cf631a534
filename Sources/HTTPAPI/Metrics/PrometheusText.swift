/// Writes the text exposition format of Prometheus, version 0.0.4.
struct PrometheusText {
    /// The format's media type.
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"
    /// Bytes of a label's value that are kept.
    static let labelValueByteCountMax = 128

    /// What has been written.
    private(set) var body = ""

    /// A whole page: families by name, series by labels.
    static func page(_ readings: [FamilyReading]) -> String {
        var text = PrometheusText()
        for reading in readings.sorted(by: { $0.family.name < $1.family.name }) where !reading.series.isEmpty
        {
            text.begin(reading.family)
            for (labels, value) in reading.series.sorted(by: { $0.labels < $1.labels }) {
                text.append(value, family: reading.family.name, labels: labels)
            }
        }
        return text.body
    }

    /// Starts a family with its HELP and TYPE lines.
    private mutating func begin(_ family: MetricFamily) {
        if !family.help.isEmpty {
            let escaped = family.help.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
            body += "# HELP \(family.name) \(escaped)\n"
        }
        body += "# TYPE \(family.name) \(family.kind.rawValue)\n"
    }

    /// Writes one series: one line, a histogram's buckets, sum and count, or a summary's sum and count.
    private mutating func append(_ reading: MetricSeries.Reading, family: String, labels: String) {
        switch reading {
        case .number(let value):
            line(family, labels, Self.number(value))
        case .histogram(let histogram):
            var cumulative = 0
            let separator = labels.isEmpty ? "" : ","
            for (index, count) in histogram.counts.enumerated() {
                cumulative += count
                let bound =
                    index < histogram.bounds.count ? Self.number(histogram.bounds[index]) : "+Inf"
                line("\(family)_bucket", "\(labels)\(separator)le=\"\(bound)\"", String(cumulative))
            }
            line("\(family)_sum", labels, Self.number(histogram.sum))
            line("\(family)_count", labels, String(cumulative))
        case .summary(let count, let sum):
            line("\(family)_sum", labels, Self.number(sum))
            line("\(family)_count", labels, String(count))
        }
    }

    private mutating func line(_ name: String, _ labels: String, _ value: String) {
        body += labels.isEmpty ? "\(name) \(value)\n" : "\(name){\(labels)} \(value)\n"
    }

    /// A legal metric or label name: what is not a letter, digit or underscore becomes an underscore.
    static func name(_ label: String) -> String {
        var name = ""
        for scalar in label.unicodeScalars {
            let isLegal = scalar.isASCII && (scalar.properties.isAlphabetic || scalar == "_")
            let isDigit = ("0"..."9").contains(scalar)
            if isDigit, name.isEmpty { name = "_" }
            name.unicodeScalars.append(isLegal || isDigit ? scalar : "_")
        }
        return name.isEmpty ? "_" : name
    }

    /// The text between the braces, labels in alphabetical order.
    static func labels(_ dimensions: [(String, String)]) -> String {
        dimensions.sorted { $0.0 < $1.0 }
            .map { "\(name($0.0))=\"\(value($0.1))\"" }
            .joined(separator: ",")
    }

    /// A label's value, cut to the limit and with backslash, quotation mark and line feed escaped.
    private static func value(_ text: String) -> String {
        var value = ""
        var byteCount = 0
        for scalar in text.unicodeScalars {
            byteCount += UTF8.width(scalar)
            if byteCount > labelValueByteCountMax { break }
            switch scalar {
            case "\\": value += "\\\\"
            case "\"": value += "\\\""
            case "\n": value += "\\n"
            default: value.unicodeScalars.append(scalar)
            }
        }
        return value
    }

    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if value == value.rounded(), abs(value) < 1e15 { return String(Int64(value)) }
        return String(value)
    }
}
