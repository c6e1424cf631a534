import Foundation

/// One log line's bytes, put together without the detours of formatters and encoders: a busy server writes
/// thousands a second.
struct LogLine {
    /// Bytes of one line at most; the rest is cut off.
    static let byteCountMax = 16 << 10

    private var bytes: [UInt8] = []

    /// An empty line.
    init() { bytes.reserveCapacity(512) }

    /// The line with its end, cut where a character begins.
    var text: String {
        var end = min(bytes.count, Self.byteCountMax)
        while end < bytes.count, end > 0, bytes[end] & 0xC0 == 0x80 { end -= 1 }
        return String(decoding: bytes[..<end], as: UTF8.self) + "\n"
    }

    /// Adds text as it is, but for line ends, which become `\n` in letters.
    mutating func append(_ text: String) {
        for byte in text.utf8 {
            switch byte {
            case 0x0A: bytes += [0x5C, 0x6E]
            case 0x0D: bytes += [0x5C, 0x72]
            default: bytes.append(byte)
            }
        }
    }

    /// Adds `"text"` as JSON spells it.
    mutating func append(json text: String) {
        bytes.append(0x22)
        for byte in text.utf8 {
            switch byte {
            case 0x22, 0x5C: bytes += [0x5C, byte]
            case 0x0A: bytes += [0x5C, 0x6E]
            case 0x0D: bytes += [0x5C, 0x72]
            case 0x09: bytes += [0x5C, 0x74]
            case 0..<0x20:
                let digits = Array("0123456789abcdef".utf8)
                bytes += [0x5C, 0x75, 0x30, 0x30, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            default: bytes.append(byte)
            }
        }
        bytes.append(0x22)
    }

    /// Adds a moment in UTC as RFC 3339 has it, with milliseconds.
    mutating func append(milliseconds: Int64) {
        let (days, ofDay) = (
            Self.floorDivide(milliseconds, 86_400_000), Self.floorRemainder(milliseconds, 86_400_000)
        )
        let (year, month, day) = Self.date(day: days)
        append(number: year, digitCount: 4)
        append("-")
        append(number: month, digitCount: 2)
        append("-")
        append(number: day, digitCount: 2)
        append("T")
        append(number: ofDay / 3_600_000, digitCount: 2)
        append(":")
        append(number: ofDay / 60_000 % 60, digitCount: 2)
        append(":")
        append(number: ofDay / 1000 % 60, digitCount: 2)
        append(".")
        append(number: ofDay % 1000, digitCount: 3)
        append("Z")
    }

    private mutating func append(number: Int64, digitCount: Int) {
        var divisor: Int64 = 1
        for _ in 1..<digitCount { divisor *= 10 }
        while divisor > 0 {
            bytes.append(UInt8(0x30 + number / divisor % 10))
            divisor /= 10
        }
    }

    /// Year, month and day of the Gregorian calendar, days counted from 1970-01-01. (Howard Hinnant,
    /// "chrono-Compatible Low-Level Date Algorithms", civil_from_days: era, doe, yoe, doy and mp as there.)
    private static func date(day: Int64) -> (Int64, Int64, Int64) {
        let shifted = day + 719_468
        let era = floorDivide(shifted, 146_097)
        let doe = shifted - era * 146_097
        let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365
        let doy = doe - (365 * yoe + yoe / 4 - yoe / 100)
        let mp = (5 * doy + 2) / 153
        let month = mp < 10 ? mp + 3 : mp - 9
        return (yoe + era * 400 + (month <= 2 ? 1 : 0), month, doy - (153 * mp + 2) / 5 + 1)
    }

    private static func floorDivide(_ value: Int64, _ by: Int64) -> Int64 {
        (value - floorRemainder(value, by)) / by
    }

    private static func floorRemainder(_ value: Int64, _ by: Int64) -> Int64 {
        let remainder = value % by
        return remainder < 0 ? remainder + by : remainder
    }
}
