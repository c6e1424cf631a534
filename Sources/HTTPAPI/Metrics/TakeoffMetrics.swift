/// Histograms once more as summaries, under the names on Takeoff's boards.
enum TakeoffMetrics {
    private static let names = [
        MetricCatalogue.timeToFirstToken.name: MetricCatalogue.takeoffFirstToken,
        MetricCatalogue.generatedLength.name: MetricCatalogue.takeoffGenerated,
        MetricCatalogue.promptLength.name: MetricCatalogue.takeoffFilled,
    ]

    /// The summaries of those among `readings` that the boards look for.
    static func readings(of readings: [FamilyReading]) -> [FamilyReading] {
        readings.compactMap { reading in
            names[reading.family.name].map { family in
                FamilyReading(
                    family,
                    reading.series.map { labels, value in
                        guard case .histogram(let histogram) = value else { return (labels, value) }
                        return (
                            labels,
                            .summary(count: histogram.counts.reduce(0, +), sum: histogram.sum)
                        )
                    })
            }
        }
    }
}
