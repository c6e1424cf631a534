package import Foundation

/// Reads topologies.
package enum TopologyFile {
    /// Reads a file. `path` and the default model root are relative to `workingDirectory`; paths in the file
    /// are relative to the file. Model directories are not touched.
    package static func load(
        path: String, workingDirectory: URL, environment: [String: String], overrides: CommandLineOverrides
    ) throws(TopologyError) -> Topology {
        let url = absoluteURL(path, in: workingDirectory, directoryHint: .notDirectory)
        let yaml = try contents(of: url, path: path)
        return try parse(
            yaml: yaml, path: path, directory: url.deletingLastPathComponent(),
            workingDirectory: workingDirectory, environment: environment, overrides: overrides)
    }

    /// Reads YAML that stands in a file called `path` in `directory`.
    package static func parse(
        yaml: String, path: String, directory: URL, workingDirectory: URL, environment: [String: String],
        overrides: CommandLineOverrides
    ) throws(TopologyError) -> Topology {
        let root = try YAMLDocument.compose(yaml, file: path)
        var parsing = TopologyParsing(
            path: path, fileDirectory: directory, overrides: overrides,
            resolver: SettingResolver(environment: environment, workingDirectory: workingDirectory))
        return try parsing.topology(root)
    }

    /// The topology of one reader group, without a file: `model` is the directory of `--model`, or nil for
    /// the one that SKEIN_MODEL_NAME or TAKEOFF_MODEL_NAME names.
    package static func single(
        model: String?, workingDirectory: URL, environment: [String: String], overrides: CommandLineOverrides
    ) throws(TopologyError) -> Topology {
        var parsing = TopologyParsing(
            path: nil, fileDirectory: workingDirectory, overrides: overrides,
            resolver: SettingResolver(environment: environment, workingDirectory: workingDirectory))
        return try parsing.singleTopology(model: model)
    }

    private static func contents(of url: URL, path: String) throws(TopologyError) -> String {
        func unreadable(_ reason: String) -> TopologyError {
            TopologyError(.unreadableFile, key: "--topology", value: path, allowed: "\(path): \(reason)")
        }
        let bytes: Data
        do {
            let handle = try FileHandle(forReadingFrom: url)
            defer { handle.closeFile() }
            bytes = try handle.read(upToCount: TopologyLimits.fileByteCountMax + 1) ?? Data()
        } catch {
            throw unreadable("cannot be read (\(error.localizedDescription))")
        }
        guard bytes.count <= TopologyLimits.fileByteCountMax else {
            throw unreadable("is longer than \(TopologyLimits.fileByteCountMax) bytes")
        }
        guard let yaml = String(validating: bytes, as: UTF8.self) else { throw unreadable("is not UTF-8") }
        return yaml
    }
}
