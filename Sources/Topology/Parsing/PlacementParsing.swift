import Yams

/// Resolves `placement`: a word, or a mapping with one list of CPU numbers a rank.
enum PlacementParsing {
    static let allowed = "auto, none, or {cores: [[0], [1]]} with one list a rank, replica after replica"

    /// Decides the placement of a declaration whose layout is resolved.
    static func setting(
        _ declaration: ReaderDeclaration, _ section: inout Section?, _ resolver: SettingResolver
    ) throws(TopologyError) -> Setting<Placement> {
        var setting = Setting(Defaults.placement, .default)
        // Takeoff has no such key.
        if section?.dialect == .skein, let entry = section?.take("placement") {
            setting = Setting(try placement(entry), .file(line: entry.line ?? 0))
            if let error = conflict(setting.value, with: declaration) {
                throw entry.error(.conflict, allowed: error)
            }
        }
        let variable = Rules.placementVariable
        if let text = resolver.environment[variable], !text.isEmpty {
            guard let placement = word(text) else {
                throw TopologyError(.invalidValue, key: variable, value: text, allowed: "auto or none")
            }
            setting = Setting(placement, .environment(variable))
        }
        return setting
    }

    private static func word(_ text: String) -> Placement? {
        switch text {
        case "auto": .auto
        case "none": Placement.none
        default: nil
        }
    }

    private static func placement(_ entry: Section.Entry) throws(TopologyError) -> Placement {
        if case .scalar(let scalar) = entry.node {
            guard !entry.isNull else { throw entry.error(.wrongType, allowed: allowed) }
            guard let placement = word(scalar.string) else {
                throw entry.error(.invalidValue, allowed: allowed)
            }
            return placement
        }
        var section = try Section(entry, dialect: .skein, allowed: allowed)
        guard let cores = section.take("cores") else { throw section.missing("cores", allowed: allowed) }
        try section.requireEmpty(allowed: "cores")
        guard case .sequence(let ranks) = cores.node else { throw cores.error(.wrongType, allowed: allowed) }
        var lists: [[Int]] = []
        for rank in ranks { lists.append(try coreList(rank, cores)) }
        return .cores(lists)
    }

    private static func coreList(_ node: Node, _ entry: Section.Entry) throws(TopologyError) -> [Int] {
        guard case .sequence(let nodes) = node, !nodes.isEmpty else {
            throw entry.error(.wrongType, allowed: allowed)
        }
        let bounds = TopologyLimits.core
        var cores: [Int] = []
        for node in nodes {
            let numbers = "CPU numbers from \(bounds.lowerBound) to \(bounds.upperBound), each once a rank"
            guard case .scalar(let scalar) = node, node.isPlain, let core = wholeNumber(scalar.string),
                bounds.contains(core), !cores.contains(core)
            else {
                var error = entry.error(.invalidValue, allowed: numbers)
                error.value = node.shown
                error.line = node.mark?.line ?? entry.line
                throw error
            }
            cores.append(core)
        }
        return cores
    }

    /// Why explicit cores do not fit the layout; nil if they do.
    private static func conflict(_ placement: Placement, with declaration: ReaderDeclaration) -> String? {
        guard case .cores(let lists) = placement else { return nil }
        let rankCount = declaration.tensorParallel.value * declaration.replicas.value
        guard lists.count == rankCount else {
            return "it has \(lists.count) lists of cores, and tensor_parallel "
                + "\(declaration.tensorParallel.value) x replicas \(declaration.replicas.value) "
                + "needs \(rankCount)"
        }
        guard let threads = declaration.threadsPerRank.value,
            let list = lists.first(where: { $0.count != threads })
        else { return nil }
        return "a list has \(list.count) cores, and threads_per_rank is \(threads): one core a thread"
    }
}
