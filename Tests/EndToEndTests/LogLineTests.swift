import Foundation
import Logging
import Testing
import Topology

@testable import skein

@Suite("Log lines")
struct LogLineTests {
    private static func line(
        _ format: LogFormat, _ message: Logger.Message, _ metadata: Logger.Metadata
    ) -> String {
        let event = LogEvent(
            level: .warning, message: message, error: nil, metadata: metadata, source: "", file: "",
            function: "", line: 0)
        return ConsoleLog(logLevel: .info, format: format, label: "skein")
            .text(of: event, metadata, milliseconds: 1_795_298_641_016)
    }

    @Test("a text line is time, level, message and sorted metadata")
    func text() {
        #expect(
            Self.line(.text, "said\nso", ["b": "2", "a.key": "one\r\ntwo"])
                == "2026-11-21T22:04:01.016Z warning said\\nso a.key=one\\r\\ntwo b=2\n")
    }

    @Test("a JSON line says the same, and nothing in it can end it")
    func json() throws {
        let nasty = "q\" b\\ n\n t\t c\u{1} ü 🐦"
        let line = Self.line(.json, "said", ["key": "\(nasty)", "level": "mine"])
        #expect(line.hasSuffix("}\n") && line.dropLast().allSatisfy { $0 != "\n" })
        let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String]
        #expect(
            object == [
                "time": "2026-11-21T22:04:01.016Z", "level": "warning", "message": "said", "logger": "skein",
                "key": nasty,
            ])
    }

    @Test("a line is cut where a character begins")
    func cut() {
        for shift in 0..<4 {
            var line = LogLine()
            line.append(String(repeating: "x", count: shift) + String(repeating: "🐦", count: 5000))
            let text = line.text
            #expect(text.utf8.count <= LogLine.byteCountMax + 1)
            #expect(text.utf8.count > LogLine.byteCountMax - 4)
            #expect(!text.contains("\u{FFFD}"))
        }
    }

    @Test(
        "moments are those of Foundation's calendar",
        arguments: [
            0, -1, 951_782_399_999, 951_782_400_000, 1_709_164_800_000, 4_107_542_400_000, 1_795_298_641_016,
            -2_208_988_800_000, 253_402_300_799_999,
        ] as [Int64])
    func moments(_ milliseconds: Int64) {
        var line = LogLine()
        line.append(milliseconds: milliseconds)
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        let expected = Date(timeIntervalSince1970: Double(milliseconds) / 1000 + 0.0001).formatted(style)
        #expect(line.text == expected + "\n")
    }
}
