import Testing

/// The tests' own parser refuses what it must; a parser that takes everything would prove nothing.
struct PrometheusPageTests {
    @Test func aLegalPageIsUnderstood() throws {
        let page = try PrometheusPage(
            """
            # HELP a Back\\\\slash\\nand line.
            # TYPE a counter
            a{x="q\\"\\\\\\n,}",y=""} 3
            # TYPE h histogram
            h_bucket{le="1"} 1
            h_bucket{le="+Inf"} 2
            h_sum 4.5
            h_count 2

            """)
        #expect(page.families.map(\.name) == ["a", "h"])
        #expect(page.families[0].help == "Back\\slash\nand line.")
        #expect(page.value("a", ["x": "q\"\\\n,}", "y": ""]) == 3)
        #expect(page.value("h_bucket", ["le": "+Inf"]) == 2)
    }

    @Test(
        arguments: [
            ("# TYPE a counter\na 1", "the last line ends"),
            ("a 1\n", "a sample stands below its family's type"),
            ("# TYPE a counter\nb 1\n", "a sample stands below its family's type"),
            ("# TYPE a counter\na 1\na 2\n", "a sample comes once"),
            ("# TYPE a counter\na 1\n# TYPE b gauge\nb 1\n# TYPE a counter\n", "a family comes once"),
            ("# TYPE a thing\n", "a type is known"),
            ("# TYPE a counter\na -1\n", "a counter is no less than 0"),
            ("# TYPE a counter\na one\n", "a sample is a name, labels and a number"),
            ("# TYPE a counter\na{x=\"\\q\"} 1\n", "only \\\\, \\n and \\\" in labels are escapes"),
            ("# TYPE a counter\na{x=\"\"\"} 1\n", "labels are name=\"value\", with commas between"),
            ("# TYPE a counter\na{x=\"1\",x=\"2\"} 1\n", "a label comes once"),
            ("# HELP 1a text\n", "a family has a legal name"),
            ("# HELP a text\n", "a family has a type"),
            (
                "# TYPE h histogram\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 2\n",
                "the bucket +Inf is the count"
            ),
            (
                "# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_sum 1\nh_count 1\n",
                "buckets' bounds ascend to +Inf"
            ),
            (
                "# TYPE h histogram\nh_bucket{le=\"1\"} 2\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 1\n",
                "buckets are cumulative"
            ),
            ("# TYPE h histogram\nh_bucket{le=\"+Inf\"} 1\nh_count 1\n", "a histogram has a sum"),
            ("# TYPE h histogram\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\n", "a histogram has a count"),
        ])
    func anIllegalPageIsRefused(_ text: String, _ rule: String) {
        let violation = #expect(throws: PrometheusPage.Violation.self) { _ = try PrometheusPage(text) }
        #expect(violation?.rule == rule)
    }
}
