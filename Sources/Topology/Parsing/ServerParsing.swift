import Foundation
import Yams

/// Resolves the `server` section, or Takeoff's `server_config`.
struct ServerParsing {
    let flags: ServerOverrides
    let fileDirectory: URL

    func settings(
        _ section: inout Section?, _ resolver: SettingResolver
    ) throws(TopologyError) -> ServerSettings {
        let host = try resolver.resolve(
            Rules.host, flag: flags.host, section: &section, default: Defaults.host)
        let managementHost = try resolver.resolve(
            Rules.managementHost, flag: nil, section: &section, default: Defaults.managementHost)
        let ports = try ports(&section, resolver)
        let settings = ServerSettings(
            host: host, port: ports.inference, managementHost: managementHost,
            managementPort: ports.management, openAIPort: ports.openAI,
            modelRoots: try modelRoots(&section, resolver),
            logLevel: try resolver.resolve(
                Rules.logLevel, flag: flags.logLevel, section: &section, default: Defaults.logLevel),
            logFormat: try resolver.resolve(
                Rules.logFormat, flag: nil, section: &section, default: Defaults.logFormat),
            drainTimeout: try resolver.resolve(
                Rules.drainTimeout, flag: nil, section: &section, default: Defaults.drainTimeout),
            queueTimeout: try resolver.resolve(
                Rules.queueTimeout, flag: nil, section: &section, default: Defaults.queueTimeout),
            bodyLimit: try resolver.resolve(
                Rules.bodyLimit, flag: nil, section: &section, default: Defaults.bodyLimit),
            packCache: try packCache(&section, resolver),
            packCacheLimit: try packCacheLimit(&section, resolver))
        try requireDistinctPorts(settings)
        return settings
    }

    private struct Ports {
        var inference: Setting<Int>
        var management: Setting<Int>
        var openAI: Setting<Int>
    }

    /// The three ports: what is not given follows `port`, and is any free one where `port` is.
    private func ports(
        _ section: inout Section?, _ resolver: SettingResolver
    ) throws(TopologyError) -> Ports {
        let port = try resolver.resolve(
            Rules.port, flag: flags.port, section: &section, default: Defaults.port)
        func following(_ offset: Int) -> Int { port.value == 0 ? 0 : port.value + offset }
        let management = try resolver.resolve(
            Rules.managementPort, flag: flags.managementPort, section: &section,
            default: following(Defaults.managementPortOffset))
        let openAI = try resolver.resolve(
            Rules.openAIPort, flag: flags.openAIPort, section: &section,
            default: following(Defaults.openAIPortOffset))
        for (setting, rule) in [(management, Rules.managementPort), (openAI, Rules.openAIPort)] {
            guard TopologyLimits.ports.contains(setting.value) else {
                throw TopologyError(
                    .conflict, key: rule.key, value: "\(setting.value), following port \(port.value)",
                    allowed: "it must be \(rule.allowed): give it, or choose a lower port")
            }
        }
        return Ports(inference: port, management: management, openAI: openAI)
    }

    /// Two servers cannot listen at one place.
    private func requireDistinctPorts(_ settings: ServerSettings) throws(TopologyError) {
        let places = [
            ("port", settings.host.value, settings.port.value),
            ("management_port", settings.managementHost.value, settings.managementPort.value),
            ("openai_port", settings.host.value, settings.openAIPort.value),
        ]
        for (index, place) in places.enumerated() where place.2 != 0 {
            for earlier in places[..<index] where earlier.1 == place.1 && earlier.2 == place.2 {
                throw TopologyError(
                    .conflict, key: place.0, value: "\(place.2)",
                    allowed: "it must differ from \(earlier.0), which is the same port of \(place.1)")
            }
        }
    }

    private func modelRoots(
        _ section: inout Section?, _ resolver: SettingResolver
    ) throws(TopologyError) -> Setting<[URL]> {
        var setting = Setting(Defaults.modelRoots, .default)
        // Takeoff has no such key.
        if section?.dialect == .skein, let entry = section?.take("model_roots") {
            let allowed = "a list of directories, such as [../Models]"
            guard case .sequence(let nodes) = entry.node else {
                throw entry.error(.wrongType, allowed: allowed)
            }
            var paths: [String] = []
            for node in nodes {
                guard case .scalar(let scalar) = node, !node.isNull, !scalar.string.isEmpty else {
                    throw entry.error(.wrongType, allowed: allowed)
                }
                paths.append(scalar.string)
            }
            setting = Setting(paths, .file(line: entry.line ?? 0))
        }
        if let text = resolver.environment[Rules.modelRootsVariable], !text.isEmpty {
            setting = Setting(
                text.split(separator: ":").map(String.init), .environment(Rules.modelRootsVariable))
        }
        let urls = setting.value.map {
            resolver.directory($0, setting.origin, fileDirectory: fileDirectory)
        }
        return Setting(urls, setting.origin)
    }

    /// `on`, `off` or a directory, as an absolute URL.
    private func packCache(
        _ section: inout Section?, _ resolver: SettingResolver
    ) throws(TopologyError) -> Setting<URL?> {
        let setting = try resolver.resolve(
            Rules.packCache, flag: flags.packCache, section: &section, default: Defaults.packCache)
        switch setting.value {
        case "off": return Setting(nil, setting.origin)
        case "on": return Setting(try cacheFolder(resolver.environment), setting.origin)
        default:
            return Setting(
                resolver.directory(setting.value, setting.origin, fileDirectory: fileDirectory),
                setting.origin)
        }
    }

    /// Where a user's programs keep what can be made again (XDG base directories: a relative path does not count).
    private func cacheFolder(_ environment: [String: String]) throws(TopologyError) -> URL {
        let parents = [environment["XDG_CACHE_HOME"], environment["HOME"].map { $0 + "/.cache" }]
        guard let parent = parents.compactMap({ $0 }).first(where: { $0.hasPrefix("/") }) else {
            throw TopologyError(
                .conflict, key: Rules.packCache.key, value: "on, and neither XDG_CACHE_HOME nor HOME is set",
                allowed: "off, or a directory")
        }
        return URL(filePath: parent, directoryHint: .isDirectory).appending(
            path: "skein", directoryHint: .isDirectory
        ).standardizedFileURL
    }

    private func packCacheLimit(
        _ section: inout Section?, _ resolver: SettingResolver
    ) throws(TopologyError) -> Setting<Int> {
        let rule = Rules.packCacheLimit
        var flag: Int?
        if let text = flags.packCacheLimit { flag = try rule.read(text, .skein, at: rule.flag) }
        return try resolver.resolve(rule, flag: flag, section: &section, default: Defaults.packCacheLimit)
    }
}
