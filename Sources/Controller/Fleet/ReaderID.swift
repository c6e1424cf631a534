/// Names a reader for as long as the controller runs: the topology's name, or `<model>-<8 hex>` (design 10).
package struct ReaderID: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The name as clients write it in `/reader/{id}`.
    package let name: String

    /// Takes a name as it stands.
    package init(_ name: String) {
        self.name = name
    }

    package var description: String { name }

    package static func < (left: ReaderID, right: ReaderID) -> Bool { left.name < right.name }
}
