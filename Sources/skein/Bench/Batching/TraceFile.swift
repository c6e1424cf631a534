import Foundation

/// A trace of requests as the Azure Public Dataset writes it: `TIMESTAMP,ContextTokens,GeneratedTokens`.
enum TraceFile {
    /// The first `count` requests, timed from the first one.
    static func load(_ url: URL, count: Int) throws -> [SimulatedArrival] {
        let text: String
        do {
            text = try String(contentsOf: url, encoding: .utf8)
        } catch {
            throw CommandFailure(
                "trace \(url.path) cannot be read: \(error.localizedDescription)", exitCode: 2)
        }
        var arrivals: [SimulatedArrival] = []
        var start: Double?
        for (index, line) in text.split(whereSeparator: \.isNewline).enumerated().dropFirst().prefix(count) {
            let cells = line.split(separator: ",")
            guard cells.count == 3, let time = seconds(cells[0]), let context = Int(cells[1]),
                let generated = Int(cells[2]), context > 0, generated > 0
            else {
                throw CommandFailure(
                    "trace \(url.path), line \(index + 1) is \(line.prefix(80)); needed: time, context tokens, "
                        + "generated tokens", exitCode: 2)
            }
            start = start ?? time
            arrivals.append(
                SimulatedArrival(
                    time: max(0, time - (start ?? time)), promptTokenCount: context, newTokenCount: generated,
                    priority: 0))
        }
        return arrivals
    }

    /// Seconds since midnight of "2023-11-16 18:17:03.9799600".
    private static func seconds(_ text: Substring) -> Double? {
        guard let clock = text.split(separator: " ").last else { return nil }
        let parts = clock.split(separator: ":").compactMap { Double($0) }
        return parts.count == 3 ? parts[0] * 3600 + parts[1] * 60 + parts[2] : nil
    }
}
