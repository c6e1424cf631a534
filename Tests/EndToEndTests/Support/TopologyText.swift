import Foundation
import TestSupport

/// A topology file for one test; removed with the value.
final class TopologyText: Sendable {
    /// Where it is.
    let path: String
    private let folder: TemporaryFolder

    /// Writes a file.
    init(_ yaml: String) throws {
        folder = try TemporaryFolder()
        let url = folder.url.appending(path: "topology.yaml")
        try Data(yaml.utf8).write(to: url)
        path = url.path
    }
}

extension FinishedCommand {
    /// The one sentence of a command that failed, without the program's name; nil if there is none, or more.
    var sentence: String? {
        let lines = standardError.split(separator: "\n").filter { $0.hasPrefix("skein: ") }
        return lines.count == 1 ? String(lines[0].dropFirst("skein: ".count)) : nil
    }
}
