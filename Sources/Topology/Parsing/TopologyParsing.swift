import Foundation
import Yams

/// Puts a topology together from a file's root node, or from none.
struct TopologyParsing {
    let path: String?
    let fileDirectory: URL
    let overrides: CommandLineOverrides
    var resolver: SettingResolver

    /// From a file's root, in our own words or Takeoff's.
    mutating func topology(_ root: Node) throws(TopologyError) -> Topology {
        var section = try Section(
            root, path: "", line: nil, file: path ?? "", dialect: .skein,
            allowed: "a mapping with \(SectionNames.root.listed)")
        if let takeoff = section.take("takeoff") {
            try section.requireEmpty(allowed: "takeoff alone, or \(SectionNames.root.listed)")
            return try takeoffTopology(takeoff)
        }
        var server = try subsection("server", of: &section, allowed: SectionNames.server)
        let settings = try serverSettings(&server)
        try server?.requireEmpty(allowed: SectionNames.server.listed)
        let declared = try declaredGroups(&section)
        let readers = try readerGroups("reader_groups", of: &section)
        try section.requireEmpty(allowed: SectionNames.root.listed)
        return try assemble(settings, declared, readers)
    }

    /// From flags and variables alone.
    mutating func singleTopology(model: String?) throws(TopologyError) -> Topology {
        var none: Section?
        let settings = try serverSettings(&none)
        let parsing = ReaderParsing(flags: overrides.layout, fileDirectory: fileDirectory, isOnlyGroup: true)
        var declaration = try parsing.declaration(name: "", model: model, &none, resolver)
        declaration.name = groupName(of: declaration.modelDirectory.value)
        return try assemble(settings, [], [declaration])
    }

    // MARK: Sections

    private func subsection(
        _ key: String, of section: inout Section, dialect: Dialect = .skein, allowed: [String]
    ) throws(TopologyError) -> Section? {
        guard let entry = section.take(key) else { return nil }
        return try Section(entry, dialect: dialect, allowed: "a mapping with \(allowed.listed)")
    }

    private func serverSettings(_ section: inout Section?) throws(TopologyError) -> ServerSettings {
        try ServerParsing(flags: overrides.server, fileDirectory: fileDirectory).settings(&section, resolver)
    }

    private func declaredGroups(
        _ section: inout Section
    ) throws(TopologyError) -> [ConsumerGroupDeclaration] {
        guard let entry = section.take("consumer_groups") else { return [] }
        let allowed = "a mapping of names to \(SectionNames.consumerGroup.listed)"
        let groups = try Section(entry, dialect: .skein, allowed: allowed)
        var declarations: [ConsumerGroupDeclaration] = []
        for entry in groups.entries {
            try requireName(entry, countSoFar: declarations.count)
            var group: Section? = try Section(
                entry, dialect: .skein, allowed: "a mapping with \(SectionNames.consumerGroup.listed)")
            declarations.append(
                try ConsumerGroupParsing(resolver: resolver).declaration(
                    name: entry.key, isDeclared: true, &group))
            try group?.requireEmpty(allowed: SectionNames.consumerGroup.listed)
        }
        return declarations
    }

    private mutating func readerGroups(
        _ key: String, of section: inout Section
    ) throws(TopologyError) -> [ReaderDeclaration] {
        let allowed = "a mapping of names to reader groups, at least one"
        guard let entry = section.take(key) else { throw section.missing(key, allowed: allowed) }
        let dialect = section.dialect
        let groups = try Section(entry, dialect: dialect, allowed: allowed)
        guard !groups.entries.isEmpty else { throw entry.error(.missingKey, allowed: allowed) }
        let parsing = ReaderParsing(
            flags: overrides.layout, fileDirectory: fileDirectory, isOnlyGroup: groups.entries.count == 1)
        if !parsing.isOnlyGroup { warnOfSingleGroupVariables() }
        var declarations: [ReaderDeclaration] = []
        for entry in groups.entries {
            try requireName(entry, countSoFar: declarations.count)
            var group: Section? = try Section(
                entry, dialect: dialect, allowed: "a mapping with \(SectionNames.readerGroup.listed)")
            declarations.append(try parsing.declaration(name: entry.key, model: nil, &group, resolver))
            if dialect == .takeoff {
                warnOfLeftovers(group)
            } else {
                try group?.requireEmpty(allowed: SectionNames.readerGroup.listed)
            }
        }
        return declarations
    }

    private func requireName(_ entry: Section.Entry, countSoFar: Int) throws(TopologyError) {
        let rule = Rules.consumerGroup
        guard isName(entry.key) else {
            var error = entry.error(.invalidValue, allowed: rule.allowed)
            error.key = "the name \(entry.path)"
            error.value = entry.key.isEmpty ? "empty" : String(entry.key.prefix(80))
            throw error
        }
        guard countSoFar < TopologyLimits.groupCountMax else {
            throw entry.error(
                .conflict, allowed: "at most \(TopologyLimits.groupCountMax) groups are allowed")
        }
    }

    // MARK: Takeoff

    private mutating func takeoffTopology(_ entry: Section.Entry) throws(TopologyError) -> Topology {
        var section = try Section(
            entry, dialect: .takeoff, allowed: "a mapping with \(SectionNames.takeoff.listed)")
        var server = try subsection(
            "server_config", of: &section, dialect: .takeoff, allowed: ["Takeoff's server settings"])
        let settings = try serverSettings(&server)
        warnOfLeftovers(server)
        let readers = try readerGroups("readers_config", of: &section)
        warnOfLeftovers(section)
        return try assemble(settings, [], readers)
    }

    /// Takeoff's files may have keys that mean nothing here.
    private mutating func warnOfLeftovers(_ section: Section?) {
        for entry in section?.entries ?? [] where !entry.isNull {
            let line = entry.line.map { "line \($0): " } ?? ""
            if entry.key == "device" {
                guard entry.shownValue.lowercased() != "cpu" else { continue }
                warn("\(line)\(entry.path) is \(entry.shownValue): it runs on cpu")
            } else {
                warn("\(line)\(entry.path) (\(entry.shownValue)) has no effect here")
            }
        }
    }

    // MARK: The whole

    private mutating func assemble(
        _ server: ServerSettings, _ declared: [ConsumerGroupDeclaration], _ readers: [ReaderDeclaration]
    ) throws(TopologyError) -> Topology {
        var groups = declared
        for reader in readers where !groups.contains(where: { $0.name == reader.consumerGroup.value }) {
            var none: Section?
            let group = try ConsumerGroupParsing(resolver: resolver).declaration(
                name: reader.consumerGroup.value, isDeclared: false, &none)
            groups.append(group)
        }
        try requireDistinctReaders(readers)
        warnOfUnknownVariables()
        warnOfBatchingVariables(groups)
        return Topology(
            path: path, server: server, consumerGroups: groups, readerGroups: readers,
            warnings: resolver.warnings)
    }

    /// No two readers may have one id: a and a-0 clash where a has two replicas.
    private func requireDistinctReaders(_ readers: [ReaderDeclaration]) throws(TopologyError) {
        var owners: [String: String] = [:]
        for reader in readers {
            for id in reader.readerIDs {
                if let owner = owners.updateValue(reader.name, forKey: id) {
                    var error = TopologyError(
                        .conflict, key: "reader_groups.\(reader.name)", value: "a group with reader \(id)",
                        allowed: "group \(owner) has a reader of that name, too: rename one of them")
                    error.file = path
                    throw error
                }
            }
        }
    }

    private mutating func warn(_ sentence: String) {
        resolver.warn(path.map { "\($0): \(sentence)" } ?? sentence)
    }

    private mutating func warnOfSingleGroupVariables() {
        let names = [Rules.modelName, Rules.consumerGroup].flatMap {
            [$0.variable(in: .skein), $0.variable(in: .takeoff)].compactMap(\.self)
        }
        for name in names where !(resolver.environment[name] ?? "").isEmpty {
            resolver.warn("\(name) has no effect: the file has several reader groups")
        }
    }

    private mutating func warnOfBatchingVariables(_ groups: [ConsumerGroupDeclaration]) {
        let keys = Set(groups.flatMap(\.batching.mode.value.keys))
        for key in BatchingKey.allCases
        where !keys.contains(key) && !(resolver.environment[key.variable] ?? "").isEmpty {
            let owners = key.policies.map(\.rawValue).listed
            resolver.warn("\(key.variable) has no effect: no group has a batching of \(owners)")
        }
    }

    private mutating func warnOfUnknownVariables() {
        if let device = resolver.environment[Rules.deviceVariable], !device.isEmpty, device != "cpu" {
            resolver.warn("\(Rules.deviceVariable) is \(device): everything runs on cpu")
        }
        for name in resolver.environment.keys.sorted()
        where (name.hasPrefix("SKEIN_") || name.hasPrefix("TAKEOFF_")) && !Rules.variables.contains(name) {
            resolver.warn("\(name) has no effect here")
        }
    }

    /// A group's name from a model directory's, with characters that names cannot have replaced.
    private func groupName(of directory: URL) -> String {
        let last = directory.lastPathComponent.prefix(TopologyLimits.nameLengthMax)
        let name = String(last.map { isName("a\($0)") ? $0 : "-" })
        return isName(name) ? name : "model"
    }
}
