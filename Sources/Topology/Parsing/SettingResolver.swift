import Foundation
import Yams

/// Decides each setting by precedence: flag, variable, file, default. A lower source is checked even where a
/// higher one decides, so that a wrong file is always refused.
struct SettingResolver {
    let environment: [String: String]
    let workingDirectory: URL
    private(set) var warnings: [String] = []

    init(environment: [String: String], workingDirectory: URL) {
        self.environment = environment
        self.workingDirectory = workingDirectory
    }

    mutating func warn(_ sentence: String) {
        if !warnings.contains(sentence) { warnings.append(sentence) }
    }

    /// Decides one setting. Takes its key from `section`.
    func resolve<Value>(
        _ rule: Rule<Value>, flag: Value?, section: inout Section?, default fallback: Value
    ) throws(TopologyError) -> Setting<Value> {
        let fromFile = try fileSetting(rule, &section)
        let fromEnvironment = try environmentSetting(rule)
        if let flag {
            try rule.check(flag, at: rule.flag)
            return Setting(flag, .flag(rule.flag))
        }
        return fromEnvironment ?? fromFile ?? Setting(fallback, .default)
    }

    /// What a variable says; ours before Takeoff's. An empty variable says nothing.
    func environmentSetting<Value>(_ rule: Rule<Value>) throws(TopologyError) -> Setting<Value>? {
        for dialect in [Dialect.skein, .takeoff] {
            guard let name = rule.variable(in: dialect), let text = environment[name], !text.isEmpty else {
                continue
            }
            if let value = try rule.read(text, dialect, at: name) {
                return Setting(value, .environment(name))
            }
        }
        return nil
    }

    /// What the file says.
    func fileSetting<Value>(
        _ rule: Rule<Value>, _ section: inout Section?
    ) throws(TopologyError) -> Setting<Value>? {
        guard let dialect = section?.dialect, let key = rule.key(in: dialect),
            let entry = section?.take(key)
        else { return nil }
        if entry.isNull && dialect == .takeoff { return nil }
        guard case .scalar(let scalar) = entry.node, !entry.isNull else {
            throw entry.error(.wrongType, allowed: rule.allowed(in: dialect))
        }
        if rule.isNumber && !entry.node.isPlain {
            throw entry.error(.wrongType, allowed: rule.allowed(in: dialect) + ", without quotes")
        }
        do throws(TopologyError) {
            return try rule.read(scalar.string, dialect, at: entry.path)
                .map { Setting($0, .file(line: entry.line ?? 0)) }
        } catch {
            var placed = error
            placed.file = entry.file
            placed.line = entry.line
            throw placed
        }
    }

    /// An absolute URL of a directory that a setting of this origin names.
    func directory(_ path: String, _ origin: Origin, fileDirectory: URL) -> URL {
        var start = workingDirectory
        if case .file = origin { start = fileDirectory }
        return absoluteURL(path, in: start, directoryHint: .isDirectory)
    }
}

/// A path as an absolute URL without `.` and `..`; a relative one starts at `directory`.
func absoluteURL(_ path: String, in directory: URL, directoryHint: URL.DirectoryHint) -> URL {
    let url =
        path.hasPrefix("/")
        ? URL(filePath: path, directoryHint: directoryHint)
        : directory.appending(path: path, directoryHint: directoryHint)
    return url.standardizedFileURL
}
