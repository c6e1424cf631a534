import Foundation
import Topology

/// The package's root, from this file's place.
let packageRoot = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

/// Parses YAML that stands in `/etc/skein/topology.yaml`, started from `/srv`.
func parse(
    _ yaml: String, environment: [String: String] = [:],
    overrides: CommandLineOverrides = CommandLineOverrides()
) throws(TopologyError) -> Topology {
    try TopologyFile.parse(
        yaml: yaml, path: "topology.yaml", directory: URL(filePath: "/etc/skein/"),
        workingDirectory: URL(filePath: "/srv/"), environment: environment, overrides: overrides)
}

/// A topology without a file, started from `/srv`.
func single(
    model: String?, environment: [String: String] = [:],
    overrides: CommandLineOverrides = CommandLineOverrides()
) throws(TopologyError) -> Topology {
    try TopologyFile.single(
        model: model, workingDirectory: URL(filePath: "/srv/"), environment: environment,
        overrides: overrides)
}

/// The error that `body` throws, or nil.
func fault<Value>(_ body: () throws(TopologyError) -> Value) -> TopologyError? {
    do throws(TopologyError) {
        _ = try body()
        return nil
    } catch {
        return error
    }
}

/// The smallest legal file, `extra` put under its reader group.
func readerGroup(_ extra: String) -> String {
    "reader_groups:\n  chat:\n    model_name: m\n    \(extra)\n"
}
