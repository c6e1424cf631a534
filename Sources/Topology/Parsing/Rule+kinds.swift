extension Rule where Value == Int {
    /// A whole number.
    static func number(_ key: String, takeoffKey: String? = nil, _ bounds: ClosedRange<Int>) -> Rule {
        var rule = Rule(
            key, takeoffKey: takeoffKey,
            allowed: "a whole number from \(bounds.lowerBound) to \(bounds.upperBound)"
        ) { wholeNumber($0) }
        rule.isNumber = true
        rule.accepts = { bounds.contains($0) }
        return rule
    }

    /// A number of bytes, with its unit; Takeoff's has none.
    static func byteCount(_ key: String, takeoffKey: String? = nil, _ bounds: ClosedRange<Int>) -> Rule {
        let range = "\(bounds.lowerBound) to \(bounds.upperBound) bytes"
        var rule = Rule(
            key, takeoffKey: takeoffKey,
            allowed: "a whole number with B, KiB, MiB or GiB, such as 2MiB; \(range)"
        ) { readByteCount($0) }
        rule.accepts = { bounds.contains($0) }
        rule.text = { "\($0)B" }
        rule.allowedTakeoff = "a whole number of bytes; \(range)"
        rule.parseTakeoff = { text in wholeNumber(text).map { .value($0) } ?? .invalid }
        return rule
    }
}

extension Rule where Value == Int? {
    /// A whole number or `auto`. Takeoff writes 0 for "not given".
    static func numberOrAuto(
        _ key: String, takeoffKey: String? = nil, flag: String? = nil, _ bounds: ClosedRange<Int>
    ) -> Rule {
        let range = "a whole number from \(bounds.lowerBound) to \(bounds.upperBound)"
        var rule = Rule(key, takeoffKey: takeoffKey, flag: flag, allowed: "auto, or \(range)") { text in
            text == "auto" ? .some(nil) : wholeNumber(text).map { .some($0) }
        }
        rule.isNumber = true
        rule.accepts = { value in value.map { bounds.contains($0) } ?? true }
        rule.text = { value in value.map(String.init) ?? "auto" }
        rule.allowedTakeoff = "0 (not given), or \(range)"
        rule.parseTakeoff = { text in
            guard let number = wholeNumber(text) else { return .invalid }
            return number == 0 ? .unset : .value(number)
        }
        return rule
    }
}

extension Rule where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    /// One word of several. Takeoff's may be in capitals.
    static func choice(_ key: String, takeoffKey: String? = nil) -> Rule {
        let words = Value.allCases.map(\.rawValue).joined(separator: ", ")
        var rule = Rule(key, takeoffKey: takeoffKey, allowed: "one of \(words)") { Value(rawValue: $0) }
        rule.parseTakeoff = { text in Value(rawValue: text.lowercased()).map { .value($0) } ?? .invalid }
        rule.text = { $0.rawValue }
        return rule
    }
}

extension Rule where Value == Duration {
    /// A time span with its unit.
    static func duration(_ key: String, _ bounds: ClosedRange<Duration>) -> Rule {
        let most = bounds.upperBound.components.seconds
        var rule = Rule(
            key, allowed: "a whole number with ms, s, m or h, such as 30s; 0s to \(most)s"
        ) { readDuration($0) }
        rule.accepts = { bounds.contains($0) }
        rule.text = { writeDuration($0) }
        return rule
    }
}

extension Rule where Value == String {
    /// A name that stands in URLs and log lines.
    static func name(_ key: String, takeoffKey: String? = nil) -> Rule {
        let longest = TopologyLimits.nameLengthMax
        var rule = Rule(
            key, takeoffKey: takeoffKey,
            allowed: "1 to \(longest) of the characters A-Z a-z 0-9 . _ -, a letter or digit first"
        ) { $0 }
        rule.accepts = { isName($0) }
        return rule
    }

    /// A text that is not empty.
    static func text(_ key: String, takeoffKey: String? = nil, allowed: String) -> Rule {
        var rule = Rule(key, takeoffKey: takeoffKey, allowed: allowed) { $0 }
        rule.accepts = { !$0.isEmpty && !$0.contains("\0") }
        return rule
    }
}

/// Whether a text may name a group or a reader.
func isName(_ text: String) -> Bool {
    guard let first = text.utf8.first, text.utf8.count <= TopologyLimits.nameLengthMax else { return false }
    func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: false
        }
    }
    return isAlphanumeric(first) && text.utf8.allSatisfy { isAlphanumeric($0) || "._-".utf8.contains($0) }
}

/// Reads decimal digits with an optional minus; nothing else, so that `0x10`, `1e3` and `1_000` are refused.
func wholeNumber(_ text: String) -> Int? {
    let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
    guard digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
    return Int(text)
}

/// Reads `30s`, `500ms`, `2m`, `1h`.
func readDuration(_ text: String) -> Duration? {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    guard let number = Int64(digits), number <= 1_000_000_000 else { return nil }
    switch text.dropFirst(digits.count) {
    case "ms": return .milliseconds(number)
    case "s": return .seconds(number)
    case "m": return .seconds(number * 60)
    case "h": return .seconds(number * 3600)
    default: return nil
    }
}

/// Writes a duration as `readDuration` reads it.
func writeDuration(_ duration: Duration) -> String {
    let (seconds, attoseconds) = duration.components
    guard attoseconds == 0 else { return "\(seconds * 1000 + attoseconds / 1_000_000_000_000_000)ms" }
    return "\(seconds)s"
}

/// Reads `512B`, `64KiB`, `2MiB`, `1GiB`.
func readByteCount(_ text: String) -> Int? {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    guard let number = Int(digits), number <= 1_000_000_000_000 else { return nil }
    switch text.dropFirst(digits.count) {
    case "B": return number
    case "KiB": return number << 10
    case "MiB": return number << 20
    case "GiB": return number.multipliedReportingOverflow(by: 1 << 30).overflow ? nil : number << 30
    default: return nil
    }
}
