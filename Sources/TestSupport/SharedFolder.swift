package import Foundation

/// The folder of real models, tokenizers and texts that lies beside a checkout on some machines.
///
/// Tests that need it are enabled only where it exists and say so otherwise.
package enum SharedFolder {
    /// The checkout's root.
    package static let packageRoot = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// `../shared/data`, whether or not it exists.
    package static let data = packageRoot.deletingLastPathComponent().appending(path: "shared/data")

    /// Whether the folder exists; prints one line where it does not.
    package static let exists: Bool = {
        let exists = FileManager.default.fileExists(atPath: data.path)
        if !exists { print("SKIPPED: tests on real models and texts, since \(data.path) does not exist") }
        return exists
    }()
}
