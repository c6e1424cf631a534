/// What the pack cache has of one pack, for those who want to know before they start.
package struct PackCacheEntry: Equatable, Sendable {
    /// Where the file is, or would be.
    package let path: String
    /// Whether a start would map it, as far as its size and its end tell.
    package let isPresent: Bool
    /// Why a file that is there cannot be used.
    package let fault: String?

    init(path: String, _ finding: PackCacheFolder.Finding) {
        self.path = path
        isPresent = finding == .present
        if case .unusable(let found) = finding { fault = "\(found)" } else { fault = nil }
    }
}
