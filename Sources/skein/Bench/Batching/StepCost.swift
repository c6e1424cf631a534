/// What one step of a reader takes, as measured: a curve over its rows, and a price for each position that a row
/// attends to. Decodes and prompt tokens are rows alike.
struct StepCost: Codable, Sendable {
    /// One point of the curve.
    struct Point: Codable, Sendable {
        /// Rows of the step.
        let rowCount: Int
        /// Seconds from plan to tokens.
        let seconds: Double
    }

    /// What was measured.
    let model: String
    /// Ascending in rows, at least one.
    let points: [Point]
    /// Seconds for one row and one position that it attends to.
    let secondsPerAttendedPosition: Double

    /// Seconds of a step.
    func seconds(rowCount: Int, attendedPositionCount: Int) -> Double {
        curve(rowCount) + secondsPerAttendedPosition * Double(attendedPositionCount)
    }

    /// Linear between the points and beyond them by their last slope; what is less than the first point costs as much.
    private func curve(_ rowCount: Int) -> Double {
        guard let first = points.first, rowCount > first.rowCount, points.count > 1 else {
            return points.first?.seconds ?? 0
        }
        let upper = points.firstIndex { $0.rowCount >= rowCount } ?? points.count - 1
        let (left, right) = (points[upper - 1], points[upper])
        let slope = (right.seconds - left.seconds) / Double(right.rowCount - left.rowCount)
        return left.seconds + slope * Double(rowCount - left.rowCount)
    }
}
