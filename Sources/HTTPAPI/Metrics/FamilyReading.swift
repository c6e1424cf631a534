/// What a scrape sees of one family.
struct FamilyReading: Sendable {
    /// The family.
    let family: MetricFamily
    /// Its series: labels as printed, and the value.
    let series: [(labels: String, reading: MetricSeries.Reading)]

    /// Takes series whose labels are printed already; more than a family may have are left out.
    init(_ family: MetricFamily, _ series: [(labels: String, reading: MetricSeries.Reading)]) {
        self.family = family
        self.series = Array(series.prefix(MetricsRegistry.seriesCountMax))
    }

    /// Takes numbers with the values of the family's labels, in their order.
    init(_ family: MetricFamily, numbers: [(values: [String], number: Double)]) {
        self.init(
            family,
            numbers.map { entry in
                (PrometheusText.labels(Array(zip(family.labels, entry.values))), .number(entry.number))
            })
    }
}
