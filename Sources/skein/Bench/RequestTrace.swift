import ArgumentParser
import Foundation

/// Recorded arrivals and lengths in the format of the Azure LLM inference traces: a header line, then
/// `YYYY-MM-DD HH:MM:SS.fffffff,context tokens,generated tokens`.
struct RequestTrace: Sendable {
    /// One recorded request.
    struct Entry: Equatable, Sendable {
        /// From the first entry.
        var seconds: Double
        var promptTokenCount: Int
        var newTokenCount: Int
    }

    /// In the order of arrival, the first at 0 s.
    let entries: [Entry]

    /// Reads a trace's file.
    init(contentsOf path: String) throws {
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw CommandFailure("trace \(path) cannot be read: \(error.localizedDescription)", exitCode: 2)
        }
        try self.init(text)
    }

    /// Reads the text of a trace; throws with the number of the line that is wrong.
    init(_ text: String) throws {
        var entries: [Entry] = []
        var first: Double?
        let lines = text.split(omittingEmptySubsequences: true) { $0.isNewline }
        for (index, line) in lines.enumerated().dropFirst() {
            let cells = line.split(separator: ",")
            guard cells.count == 3, let seconds = Self.seconds(cells[0]), let prompt = Int(cells[1]),
                let new = Int(cells[2]), prompt >= 0, new >= 0
            else {
                throw ValidationError(
                    "line \(index + 1) of the trace is \"\(line.prefix(80))\"; "
                        + "needed: YYYY-MM-DD HH:MM:SS.f,CONTEXT,GENERATED")
            }
            let start = first ?? seconds
            first = start
            guard seconds >= start + (entries.last?.seconds ?? 0) else {
                throw ValidationError("line \(index + 1) of the trace is earlier than the line before")
            }
            entries.append(
                Entry(seconds: seconds - start, promptTokenCount: prompt, newTokenCount: new))
        }
        guard !entries.isEmpty else { throw ValidationError("the trace has no requests") }
        self.entries = entries
    }

    /// Seconds since an arbitrary day; the fraction keeps its digits, which date formatters round.
    private static func seconds(_ text: Substring) -> Double? {
        let halves = text.split(separator: " ")
        guard halves.count == 2 else { return nil }
        let date = halves[0].split(separator: "-").map { Int($0) }
        let time = halves[1].split(separator: ":")
        guard date.count == 3, time.count == 3, let year = date[0], let month = date[1], let day = date[2],
            let hour = Int(time[0]), let minute = Int(time[1]), let second = Double(time[2]),
            let dayNumber = Self.dayNumber(year: year, month: month, day: day)
        else { return nil }
        return Double(dayNumber * 86_400 + hour * 3_600 + minute * 60) + second
    }

    /// Days from a fixed one, by the Gregorian calendar.
    private static func dayNumber(year: Int, month: Int, day: Int) -> Int? {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let parts = DateComponents(timeZone: .gmt, year: year, month: month, day: day)
        guard let date = calendar.date(from: parts) else { return nil }
        return Int((date.timeIntervalSinceReferenceDate / 86_400).rounded())
    }
}
