import Foundation

/// Decides which directories POST /reader may load from (design 8).
struct ModelRoots: Equatable, Sendable {
    /// Declared directories, as real paths.
    let roots: [String]

    /// Whether a real path lies under a root, or beside a model that is served already.
    func allow(_ path: String, beside served: Set<String>) -> Bool {
        if roots.contains(where: { Self.isInside(path, $0) }) { return true }
        return served.contains { Self.parent(of: $0) == Self.parent(of: path) }
    }

    private static func isInside(_ path: String, _ root: String) -> Bool {
        root == "/" || path.hasPrefix(root.hasSuffix("/") ? root : root + "/")
    }

    private static func parent(of path: String) -> String {
        URL(filePath: path).deletingLastPathComponent().path
    }
}
