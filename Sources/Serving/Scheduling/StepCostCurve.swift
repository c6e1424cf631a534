/// How long a step takes, by its rows: what a reader's steps have taken so far.
///
///     seconds(rows, reads) = line(rows) + attention x reads
///
/// `line` runs straight between points at 1, 2, 4, ... rows and never falls; `reads` is the sum, over the step's rows,
/// of the positions a row attends to. A calibration at load sets both; every step corrects the points next to it.
package struct StepCostCurve: Equatable, Sendable {
    /// How much of a step's deviation a point takes over.
    private static let learningRate = 0.15
    /// How much cheaper the points above a step that had to leave prompt rows out are taken to be after it: what is
    /// never tried is never corrected.
    private static let optimism = 0.005
    /// A single step counts as at most so much slower or faster than expected: others use the machine, too.
    private static let deviation = 0.5...2.0

    private let points: [Int]
    /// Seconds at each point; empty before the first measurement.
    private var line: [Double] = []
    /// Seconds a row takes to attend to one position.
    private var attention = 0.0

    /// A curve up to `rowCountMax` rows that knows nothing yet.
    package init(rowCountMax: Int) {
        var points = [1]
        while let last = points.last, last < rowCountMax { points.append(min(2 * last, rowCountMax)) }
        self.points = points
    }

    /// Whether anything was measured.
    package var isKnown: Bool { !line.isEmpty }

    /// What a step is expected to take; 0 before the first measurement.
    package func seconds(rowCount: Int, readCount: Int) -> Double {
        guard isKnown else { return 0 }
        let place = place(rowCount)
        let straight = line[place.lower] + (line[place.upper] - line[place.lower]) * place.fraction
        return straight + attention * Double(readCount)
    }

    /// Takes in what a step has taken. `wasLimited`: whether the curve kept rows out of it.
    package mutating func observe(
        rowCount: Int, readCount: Int, seconds measured: Double, wasLimited: Bool = false
    ) {
        guard rowCount > 0, measured > 0 else { return }
        guard isKnown else {
            // Until more is known: rows are free below, and cost the same each above.
            line = points.map { measured * max(1, Double($0) / Double(rowCount)) }
            return
        }
        let place = place(rowCount)
        let expected = seconds(rowCount: rowCount, readCount: 0)
        let rest = max(measured - attention * Double(readCount), expected * Self.deviation.lowerBound)
        let change = min(max(rest / expected, Self.deviation.lowerBound), Self.deviation.upperBound) - 1
        line[place.lower] *= 1 + Self.learningRate * (1 - place.fraction) * change
        line[place.upper] *= 1 + Self.learningRate * place.fraction * change
        if wasLimited {
            for index in line.indices.dropFirst(place.upper + 1) { line[index] *= 1 - Self.optimism }
        }
        keepRising(from: place)
    }

    /// Sets what steps of `rowCount` rows take, as the calibration measured it; points above are reckoned from it at
    /// the same cost a row. To be called with rising row counts.
    package mutating func calibrate(rowCount: Int, seconds: Double) {
        guard isKnown else { return observe(rowCount: rowCount, readCount: 0, seconds: seconds) }
        // What lies below takes no longer, the first point apart, which has been measured.
        for index in points.indices.dropFirst() where points[index] < rowCount {
            line[index] = max(min(line[index], seconds), line[0])
        }
        let below = points.lastIndex { $0 < rowCount }.map { line[$0] } ?? 0
        for index in points.indices where points[index] >= rowCount {
            line[index] = max(seconds * Double(points[index]) / Double(rowCount), below)
        }
    }

    /// Sets what attention costs: that many rows took `seconds` longer where each attends to `depth` more positions.
    package mutating func calibrateAttention(rowCount: Int, depth: Int, seconds: Double) {
        attention = max(0, seconds) / Double(rowCount * depth)
    }

    /// How many rows fit beside others so that a step takes no more than `limit` seconds; the new rows stand at
    /// `position` and after. At least 1 and at most `countMax`.
    package func rowCount(
        beside others: (rowCount: Int, readCount: Int), at position: Int, countMax: Int, limit: Double
    ) -> Int {
        guard isKnown else { return countMax }
        var (fitting, tooMany) = (1, countMax + 1)
        while fitting + 1 < tooMany {
            let count = (fitting + tooMany) / 2
            let reads = others.readCount + count * position + count * (count + 1) / 2
            if seconds(rowCount: others.rowCount + count, readCount: reads) <= limit {
                fitting = count
            } else {
                tooMany = count
            }
        }
        return fitting
    }

    /// The points around a row count, and where between them it lies.
    private func place(_ rowCount: Int) -> (lower: Int, upper: Int, fraction: Double) {
        let upper = points.firstIndex { $0 >= rowCount } ?? points.count - 1
        guard upper > 0, points[upper] > rowCount else { return (upper, upper, 0) }
        let lower = upper - 1
        return (lower, upper, Double(rowCount - points[lower]) / Double(points[upper] - points[lower]))
    }

    private mutating func keepRising(from place: (lower: Int, upper: Int, fraction: Double)) {
        for index in stride(from: place.lower - 1, through: 0, by: -1) {
            line[index] = min(line[index], line[index + 1])
        }
        for index in line.indices.dropFirst(place.lower + 1) {
            line[index] = max(line[index], line[index - 1])
        }
    }
}
