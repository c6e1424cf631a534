import Foundation
import TestSupport
import Testing

@testable import HTTPAPI

/// docs/METRICS.md and the dashboard against the catalogue, which the page is held to elsewhere.
struct MetricsDocumentTests {
    private static let documents = SharedFolder.packageRoot.appending(path: "docs")

    @Test func theTableIsTheCatalogue() throws {
        let text = try String(contentsOf: Self.documents.appending(path: "METRICS.md"), encoding: .utf8)
        let section = text.components(separatedBy: "\n## Families\n").last?.components(separatedBy: "\n## ")
            .first
        let rows = (section ?? "").split(separator: "\n").filter { $0.hasPrefix("| `") }.map(String.init)
        let expected = MetricCatalogue.families.map { family in
            let labels = family.labels.map { "`\($0)`" }.joined(separator: ", ")
            return "| `\(family.name)` | \(family.kind.rawValue) | \(labels) | \(family.help) |"
        }
        #expect(rows == expected, "the rows are to be:\n\(expected.joined(separator: "\n"))")
    }

    @Test func theBoundsInTheTextAreTheCatalogues() throws {
        let text = try String(contentsOf: Self.documents.appending(path: "METRICS.md"), encoding: .utf8)
        for buckets in [MetricFamily.Buckets.answerSeconds, .stepSeconds, .counts] {
            let bounds = buckets.bounds.map { $0 == $0.rounded() ? String(Int($0)) : String($0) }
            #expect(text.contains(bounds.joined(separator: ", ")), "\(bounds)")
            #expect(buckets.bounds == buckets.bounds.sorted())
        }
    }

    @Test func namesAreUniqueAndSayTheirKind() {
        let names = MetricCatalogue.families.map(\.name)
        #expect(Set(names).count == names.count)
        let foreign = Set(MetricCatalogue.takeoff.map(\.name))
        for family in MetricCatalogue.families where !foreign.contains(family.name) {
            #expect((family.kind == .counter) == family.name.hasSuffix("_total"), "\(family.name)")
            #expect(family.help.hasSuffix("."), "\(family.name)")
            #expect(family.name.wholeMatch(of: /[a-z][a-z_]*/) != nil, "\(family.name)")
        }
    }

    // MARK: The dashboard

    /// A PromQL expression's metrics, with the labels their selectors name, and the labels it groups by.
    private struct Expression {
        var metrics: [(name: String, labels: [String])] = []
        var groupings: [String] = []

        init(_ text: String) {
            var rest = text.replacing(/"[^"]*"/, with: "\"\"").replacing(/\[[^\]]*\]/, with: "")
            for match in rest.matches(of: /\b(?:by|without|on|ignoring)\s*\(([^)]*)\)/) {
                groupings += match.1.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
            }
            rest = rest.replacing(/\b(?:by|without|on|ignoring)\s*\([^)]*\)/, with: "")
            for match in rest.matches(of: /\b([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(\(|\{[^}]*\})?/)
            where match.2 != "(" {
                let labels = (match.2 ?? "").matches(of: /([a-zA-Z_][a-zA-Z0-9_]*)\s*(?:=~|!=|!~|=)/)
                metrics.append((String(match.1), labels.map { String($0.1) }))
            }
        }
    }

    private static func dashboard() throws -> [String: Any] {
        let data = try Data(contentsOf: documents.appending(path: "grafana/skein.json"))
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    /// Every expression of a panel or a variable, with its legend.
    private static func expressions() throws -> [(text: String, legend: String)] {
        let dashboard = try dashboard()
        let panels = try #require(dashboard["panels"] as? [[String: Any]])
        let targets = panels.flatMap { $0["targets"] as? [[String: Any]] ?? [] }
        return try targets.map {
            (try #require($0["expr"] as? String), $0["legendFormat"] as? String ?? "")
        }
    }

    private static let familiesBySample = Dictionary(
        uniqueKeysWithValues: MetricCatalogue.families.flatMap { family in
            family.sampleNames.map { ($0, family) }
        })

    @Test func theDashboardUsesOnlyWhatIsExported() throws {
        let expressions = try Self.expressions()
        #expect(expressions.count > 30)
        for (text, legend) in expressions {
            let expression = Expression(text)
            #expect(!expression.metrics.isEmpty, "\(text)")
            var common: Set<String>?
            for (name, labels) in expression.metrics {
                let family = try #require(Self.familiesBySample[name], "\(name) in \(text)")
                let known = Set(family.labels + (name.hasSuffix("_bucket") ? ["le"] : []))
                #expect(known.isSuperset(of: labels), "\(labels) of \(name) in \(text)")
                common = common?.intersection(known) ?? known
            }
            #expect(
                common?.isSuperset(of: expression.groupings) == true, "\(expression.groupings) in \(text)")
            let legendLabels = legend.matches(of: /\{\{(\w+)\}\}/).map { String($0.1) }
            #expect(common?.isSuperset(of: legendLabels) == true, "\(legend) of \(text)")
        }
    }

    @Test func everyFamilyHasAPanel() throws {
        let used = Set(
            try Self.expressions().flatMap { Expression($0.text).metrics }
                .compactMap { Self.familiesBySample[$0.name]?.name })
        let takeoff = Set(MetricCatalogue.takeoff.map(\.name))
        let missing = MetricCatalogue.families.map(\.name).filter {
            !used.contains($0) && !takeoff.contains($0)
        }
        #expect(missing == [])
    }

    @Test func theDashboardsVariablesAreLabelsOfFamilies() throws {
        let templating = try #require(try Self.dashboard()["templating"] as? [String: Any])
        let variables = try #require(templating["list"] as? [[String: Any]])
        #expect(variables.compactMap { $0["name"] as? String } == ["datasource", "consumer_group", "reader"])
        for variable in variables.dropFirst() {
            let query = try #require(variable["definition"] as? String)
            let match = try #require(query.wholeMatch(of: /label_values\((\w+)(?:\{.*\})?, (\w+)\)/))
            let family = try #require(Self.familiesBySample[String(match.1)])
            #expect(family.labels.contains(String(match.2)))
        }
    }

    @Test func theCheckerSeesWhatIsNotThere() {
        let expression = Expression(#"sum by (a, b) (rate(x_total{c="by (d)", e=~"f"}[5m])) / y"#)
        #expect(expression.metrics.map(\.name) == ["x_total", "y"])
        #expect(expression.metrics[0].labels == ["c", "e"])
        #expect(expression.groupings == ["a", "b"])
    }
}
