import Foundation

/// A horizontal bar chart as SVG: one bar per row, with the spread as a whisker.
struct BarChart {
    /// One bar.
    struct Row {
        /// Left of the bar.
        let label: String
        /// Its length and whisker.
        let sample: Sample
        /// Right of the bar.
        let note: String
    }

    /// Above the bars.
    let title: String
    /// Below the title.
    let subtitle: String
    /// What the bars' length means.
    let unit: String
    /// From top to bottom.
    let rows: [Row]

    /// The chart's text.
    var svg: String {
        let left = 210.0
        let width = 420.0
        let rowHeight = 26.0
        let top = 64.0
        let longest = max(rows.map(\.sample.maximum).max() ?? 1, .leastNormalMagnitude)
        var parts: [String] = []
        for (index, row) in rows.enumerated() {
            let y = top + Double(index) * rowHeight
            let length = row.sample.median / longest * width
            let low = left + row.sample.minimum / longest * width
            let high = left + row.sample.maximum / longest * width
            parts += [
                text(row.label, x: left - 8, y: y + 14, anchor: "end"),
                #"<rect x="\#(left)" y="\#(y)" width="\#(number(length))" height="18" fill="steelblue"/>"#,
                #"<path d="M\#(number(low)) \#(y + 9)H\#(number(high))" stroke="black" stroke-width="2"/>"#,
                text("\(number(row.sample.median)) \(row.note)", x: high + 8, y: y + 14, anchor: "start"),
            ]
        }
        let height = top + Double(rows.count) * rowHeight + 16
        return """
            <svg xmlns="http://www.w3.org/2000/svg" width="860" height="\(number(height))" \
            font-family="sans-serif" font-size="13">
            <rect width="100%" height="100%" fill="white"/>
            <text x="16" y="24" font-size="16" font-weight="bold">\(escaped(title))</text>
            <text x="16" y="44" fill="dimgray">\(escaped(subtitle)); bars: median \(escaped(unit)), lines: spread</text>
            \(parts.joined(separator: "\n"))
            </svg>

            """
    }

    private func text(_ value: String, x: Double, y: Double, anchor: String) -> String {
        #"<text x="\#(number(x))" y="\#(number(y))" text-anchor="\#(anchor)">\#(escaped(value))</text>"#
    }

    private func number(_ value: Double) -> String { String(format: "%.1f", value) }

    private func escaped(_ value: String) -> String {
        value.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
}
