import Foundation
import Testing

/// The style guide's rules that a machine can check.
@Suite("The style guide")
struct StyleTests {
    private let all = SourceTree.sources + SourceTree.tests

    @Test("the tree was found")
    func treeWasFound() {
        #expect(SourceTree.sources.count > 50)
        #expect(SourceTree.tests.count > 10)
    }

    @Test("no file is longer than 400 lines")
    func fileLength() {
        for file in all { #expect(file.lines.count <= 401, "\(file.path) has \(file.lines.count) lines") }
    }

    @Test("no line is longer than 120 columns, and code keeps to the formatter's 110")
    func lineLength() {
        for file in all {
            for (index, line) in file.lines.enumerated() where line.count > 120 {
                Issue.record("\(file.place(index)) has \(line.count) columns")
            }
        }
    }

    @Test("no function in Sources is longer than 70 lines")
    func functionLength() {
        for file in SourceTree.sources {
            var start: (index: Int, indent: Int)?
            for (index, line) in file.lines.enumerated() {
                let indent = line.prefix { $0 == " " }.count
                let code = line.code
                if start == nil, code.hasWord("func") || code.contains(" init("),
                    code.hasSuffix("{") || code.hasSuffix("(")
                {
                    start = (index, indent)
                } else if let begun = start, indent == begun.indent, line.dropFirst(indent).hasPrefix("}") {
                    let length = index - begun.index + 1
                    #expect(length <= 70, "\(file.place(begun.index)) has a function of \(length) lines")
                    start = nil
                }
            }
        }
    }

    @Test("no file or type carries a banned name")
    func bannedNames() {
        let banned = [
            "Manager", "Helper", "Util", "Utils", "Common", "Misc", "Base", "Impl", "Data", "Info", "Handler",
        ]
        for file in all {
            for (index, line) in file.lines.enumerated() {
                let code = line.code
                for keyword in ["struct ", "class ", "enum ", "actor ", "protocol "] {
                    guard let range = code.range(of: keyword) else { continue }
                    let name = code[range.upperBound...].prefix { $0.isLetter || $0.isNumber || $0 == "_" }
                    guard let first = name.first, first.isUppercase else { continue }
                    for word in banned where name.hasSuffix(word) {
                        Issue.record("\(file.place(index)): type name \(name) ends in \(word)")
                    }
                }
            }
            for word in banned where file.name == word || file.name.hasSuffix(word) {
                Issue.record("\(file.path): file name ends in \(word)")
            }
        }
    }

    @Test("unsafe code stays in the targets that own it")
    func unsafePlaces() {
        let owners = ["Tensors", "Collectives", "Platform", "Models", "Worker"]
        for file in SourceTree.sources {
            let target = file.path.split(separator: "/")[1]
            if owners.contains(String(target)) { continue }
            if file.path == "Sources/Tokenization/Patterns/RegexPattern.swift" { continue }
            for (index, line) in file.lines.enumerated() where line.code.hasWord("unsafe") {
                Issue.record("\(file.place(index)) uses unsafe code")
            }
        }
    }

    @Test("no unstructured task in Sources")
    func unstructuredTasks() {
        for file in SourceTree.sources {
            for (index, line) in file.lines.enumerated() {
                let code = line.code
                if code.contains(/(^|[^A-Za-z])Task( \{|\.detached|\()/) {
                    Issue.record("\(file.place(index)) starts an unstructured task")
                }
            }
        }
    }

    @Test("unchecked sendability is rare and proved")
    func uncheckedSendability() {
        var places: [String] = []
        for file in SourceTree.sources {
            for (index, line) in file.lines.enumerated() {
                let code = line.code
                let isUnchecked = code.contains("@unchecked Sendable") || code.contains("nonisolated(unsafe)")
                guard isUnchecked || code.contains("@preconcurrency") else { continue }
                places.append(file.place(index))
                let comment = file.lines[max(0, index - 8)..<index].contains { $0.contains("//") }
                #expect(comment, "\(file.place(index)) gives no proof")
            }
        }
        #expect(places.count <= 5, "more than five: \(places.joined(separator: ", "))")
    }

    @Test("nothing crashes on purpose or waits for a later day")
    func shortcuts() {
        for file in SourceTree.sources {
            for (index, line) in file.lines.enumerated() {
                let code = line.code
                for word in ["try!", "fatalError(", "as!"] where code.contains(word) {
                    Issue.record("\(file.place(index)) uses \(word)")
                }
                if line.contains("TODO") || line.contains("FIXME") {
                    let hasIssue =
                        line.range(of: #"(TODO|FIXME)\(#\d+\)"#, options: .regularExpression) != nil
                    #expect(hasIssue, "\(file.place(index)) has a TODO without an issue number")
                }
            }
        }
    }

    @Test("every package declaration has a doc comment")
    func documentation() {
        for file in SourceTree.sources where !file.path.hasPrefix("Sources/skein/") {
            for (index, line) in file.lines.enumerated() {
                let code = line.trimmingCharacters(in: .whitespaces)
                guard code.hasPrefix("package "), !code.hasPrefix("package import") else { continue }
                var above = index - 1
                while above >= 0, file.lines[above].trimmingCharacters(in: .whitespaces).hasPrefix("@") {
                    above -= 1
                }
                let comment = above >= 0 ? file.lines[above].trimmingCharacters(in: .whitespaces) : ""
                let isDocumented = comment.hasPrefix("///") || comment.hasSuffix("*/")
                #expect(isDocumented || Self.isExplainedElsewhere(code), "\(file.place(index)): \(code)")
            }
        }
    }

    /// Conformances whose meaning their protocol gives.
    private static func isExplainedElsewhere(_ code: String) -> Bool {
        [
            "var description: String", "static func ==", "static func <", "func hash(into",
            "init(from decoder", "func encode(to",
        ]
        .contains { code.contains($0) }
    }
}
