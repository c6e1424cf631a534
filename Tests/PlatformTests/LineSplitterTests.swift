import Platform
import Testing

@Suite struct LineSplitterTests {
    private func lines(_ parts: [String], finishing: Bool = true) -> [String] {
        var splitter = LineSplitter()
        var lines: [String] = []
        for part in parts { splitter.append(Array(part.utf8)[...]) { lines.append($0) } }
        if finishing { splitter.finish { lines.append($0) } }
        return lines
    }

    @Test("Lines are found wherever the stream is cut")
    func cuts() {
        let text = "first\n\nthird £\nlast"
        for cut in 0...text.count {
            let parts = [String(text.prefix(cut)), String(text.dropFirst(cut))]
            #expect(lines(parts) == ["first", "", "third £", "last"])
            #expect(lines(parts, finishing: false) == ["first", "", "third £"])
        }
    }

    @Test("A line of 16 KiB passes and a longer one is cut and says so")
    func limit() {
        let limit = LineSplitter.byteCountMax
        #expect(limit == 16_384)
        let whole = String(repeating: "x", count: limit)
        #expect(lines([whole + "\nshort\n"]) == [whole, "short"])
        #expect(lines([whole + "y", "zz\nshort\n"]) == [whole + " [cut]", "short"])
        #expect(lines([whole + "y"]) == [whole + " [cut]"])
    }
}
