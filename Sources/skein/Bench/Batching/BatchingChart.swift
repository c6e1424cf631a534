import Foundation

/// Two panels a scenario: time to first token and time per token. A line a policy, from the median to the 99th
/// percentile, on a logarithmic scale.
struct BatchingChart {
    /// What is drawn.
    let report: BatchingReport
    /// The load whose entries are drawn, and those without a load.
    let loadPercent: Int

    private static let left = 110.0
    private static let panel = (width: 330.0, gap: 40.0)
    private static let row = 15.0
    private static let top = 74.0
    private static let colors = [
        "continuous": "black", "static": "firebrick", "window": "darkorange", "adaptive": "seagreen",
        "load": "steelblue", "predictive": "purple", "priority": "teal", "hybrid": "deeppink",
    ]

    /// The chart's text.
    var svg: String {
        let chosen = report.entries.filter { $0.loadPercent == loadPercent || $0.loadPercent == 0 }
        var parts: [String] = []
        var y = Self.top
        for scenario in Self.distinct(chosen.map(\.scenario)) {
            let entries = chosen.filter { $0.scenario == scenario }
            parts.append(text(scenario, x: 16, y: y, bold: true))
            parts += panel(entries, "time to first token", \.firstToken, x: Self.left, y: y)
            parts += panel(
                entries, "time per token", \.perToken, x: Self.left + Self.panel.width + Self.panel.gap, y: y)
            for (index, entry) in entries.enumerated() {
                parts.append(text(entry.policy, x: 16, y: y + 20 + Double(index) * Self.row))
            }
            y += Double(entries.count) * Self.row + 52
        }
        let subtitle =
            "\(report.cost.model), simulated with measured steps, load \(loadPercent)%; "
            + "dots: p50, p90, p99 in milliseconds, logarithmic"
        return """
            <svg xmlns="http://www.w3.org/2000/svg" width="860" height="\(number(y))" font-family="sans-serif" \
            font-size="11">
            <rect width="100%" height="100%" fill="white"/>
            <text x="16" y="24" font-size="16" font-weight="bold">Batching policies</text>
            <text x="16" y="44" fill="dimgray">\(escaped(subtitle))</text>
            \(parts.joined(separator: "\n"))
            </svg>

            """
    }

    private func panel(
        _ entries: [BatchingReport.Entry], _ title: String,
        _ latency: KeyPath<BatchingReport.Entry, LatencySummary>,
        x: Double, y: Double
    ) -> [String] {
        let values = entries.flatMap { [$0[keyPath: latency].p50, $0[keyPath: latency].p99] }.filter {
            $0 > 0
        }
        guard let least = values.min(), let most = values.max() else { return [] }
        let low = log10(least) - 0.05
        let span = max(log10(most) + 0.05 - low, 0.3)
        func place(_ value: Double) -> Double {
            x + (log10(max(value, least)) - low) / span * Self.panel.width
        }
        var parts = [text(title, x: x, y: y, color: "dimgray")]
        let bottom = y + 10 + Double(entries.count) * Self.row
        for tick in ticks(from: least, to: most) {
            let position = number(place(tick))
            parts.append(#"<path d="M\#(position) \#(y + 8)V\#(number(bottom))" stroke="lightgray"/>"#)
            parts.append(
                text(label(tick), x: place(tick), y: bottom + 12, anchor: "middle", color: "dimgray"))
        }
        for (index, entry) in entries.enumerated() {
            let summary = entry[keyPath: latency]
            let middle: Double = y + 16 + Double(index) * Self.row
            let line = number(middle)
            let color = Self.colors[entry.policy] ?? "gray"
            let (start, end) = (number(place(summary.p50)), number(place(summary.p99)))
            parts.append(#"<path d="M\#(start) \#(line)H\#(end)" stroke="\#(color)" stroke-width="2"/>"#)
            parts.append(circle(x: place(summary.p50), y: line, radius: 4, color))
            parts.append(circle(x: place(summary.p90), y: line, radius: 3, color))
            parts.append(circle(x: place(summary.p99), y: line, radius: 3, color))
        }
        return parts
    }

    private func circle(x: Double, y: String, radius: Int, _ color: String) -> String {
        #"<circle cx="\#(number(x))" cy="\#(y)" r="\#(radius)" fill="\#(color)"/>"#
    }

    /// 1, 2 and 5 of each power of ten within the range.
    private func ticks(from least: Double, to most: Double) -> [Double] {
        let lowest = Int(log10(least).rounded(.down))
        let highest = Int(log10(most).rounded(.up))
        var powers: [Double] = []
        var all: [Double] = []
        for exponent in lowest...highest {
            let power = pow(10, Double(exponent))
            powers.append(power)
            all += [power, 2 * power, 5 * power]
        }
        func isInside(_ tick: Double) -> Bool { tick >= least * 0.9 && tick <= most * 1.1 }
        all = all.filter(isInside)
        return all.count > 8 ? powers.filter(isInside) : all
    }

    private func label(_ milliseconds: Double) -> String {
        milliseconds >= 1000
            ? String(format: "%g s", milliseconds / 1000) : String(format: "%g ms", milliseconds)
    }

    private static func distinct(_ names: [String]) -> [String] {
        var seen: Set<String> = []
        return names.filter { seen.insert($0).inserted }
    }

    private func text(
        _ value: String, x: Double, y: Double, anchor: String = "start", color: String = "black",
        bold: Bool = false
    ) -> String {
        #"<text x="\#(number(x))" y="\#(number(y))" text-anchor="\#(anchor)" fill="\#(color)""#
            + (bold ? #" font-weight="bold""# : "") + ">\(escaped(value))</text>"
    }

    private func number(_ value: Double) -> String { String(format: "%.1f", value) }

    private func escaped(_ value: String) -> String {
        value.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
}
