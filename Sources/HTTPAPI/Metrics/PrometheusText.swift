/// Writes the text exposition format of Prometheus, version 0.0.4.
struct PrometheusText {
    /// The format's media type.
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"
    /// Bytes of a label's value that are kept.
    static let labelValueByteCountMax = 128

    /// What has been written.
    private(set) var body = ""

    /// Starts a family with its HELP and TYPE lines.
    mutating func begin(family: String, kind: MetricsRegistry.Kind, help: String?) {
        if let help {
            let escaped = help.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
            body += "# HELP \(family) \(escaped)\n"
        }
        body += "# TYPE \(family) \(kind.rawValue)\n"
    }

    /// Writes one series: one line, or a histogram's buckets, sum and count.
    mutating func append(_ reading: MetricSeries.Reading, family: String, labels: String) {
        switch reading {
        case .number(let value):
            line(family, labels, Self.number(value))
        case .histogram(let histogram):
            var cumulative = 0
            for (index, count) in histogram.counts.enumerated() {
                cumulative += count
                let bounds = MetricSeries.Histogram.bounds
                let bound = index < bounds.count ? Self.number(bounds[index]) : "+Inf"
                let separator = labels.isEmpty ? "" : ","
                line("\(family)_bucket", "\(labels)\(separator)le=\"\(bound)\"", String(cumulative))
            }
            line("\(family)_sum", labels, Self.number(histogram.sum))
            line("\(family)_count", labels, String(cumulative))
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
