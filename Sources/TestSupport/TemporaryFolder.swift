package import Foundation

/// A folder of its own for one test, removed when the value goes away.
package final class TemporaryFolder: Sendable {
    /// Where it is.
    package let url: URL

    /// Makes a folder with a fresh name under the system's temporary folder.
    package init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "skein-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit {
        // A folder that cannot be removed is the operating system's to clean up.
        try? FileManager.default.removeItem(at: url)
    }
}
