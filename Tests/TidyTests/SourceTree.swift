import Foundation
import TestSupport

/// One Swift file of the project, split into lines.
struct SourceFile: Sendable {
    /// Path below the checkout's root.
    let path: String
    /// The file's lines without their ends.
    let lines: [String]

    /// Name without folders and extension.
    var name: String { URL(filePath: path).deletingPathExtension().lastPathComponent }

    /// `path:line`, counted from 1.
    func place(_ index: Int) -> String { "\(path):\(index + 1)" }
}

/// The Swift files the style guide's rules are checked on.
enum SourceTree {
    /// All files under Sources.
    static let sources = files(under: "Sources")
    /// All files under Tests.
    static let tests = files(under: "Tests")

    private static func files(under folder: String) -> [SourceFile] {
        let root = SharedFolder.packageRoot
        let start = root.appending(path: folder)
        guard let paths = FileManager.default.enumerator(atPath: start.path) else { return [] }
        return paths.compactMap { $0 as? String }
            .filter { $0.hasSuffix(".swift") }
            .sorted()
            .compactMap { path in
                guard let text = try? String(contentsOf: start.appending(path: path), encoding: .utf8) else {
                    return nil
                }
                return SourceFile(path: "\(folder)/\(path)", lines: text.components(separatedBy: "\n"))
            }
    }
}

extension String {
    /// The line without a trailing `//` comment and without the contents of string literals: good enough to look for
    /// keywords in.
    var code: String {
        var result = ""
        var isInString = false
        var previous: Character = " "
        for character in self {
            if character == "\"" && previous != "\\" { isInString.toggle() }
            if !isInString {
                if character == "/" && previous == "/" {
                    result.removeLast()
                    return result
                }
                result.append(character)
            }
            previous = character
        }
        return result
    }

    /// Whether the code has `word` standing alone.
    func hasWord(_ word: String) -> Bool {
        split { !($0.isLetter || $0.isNumber || $0 == "_" || $0 == "@") }.contains { $0 == word }
    }
}
