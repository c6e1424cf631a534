/// Resolves one consumer group.
struct ConsumerGroupParsing {
    let resolver: SettingResolver

    /// The group called `name`, from its section of the file or from variables and defaults alone.
    func declaration(
        name: String, isDeclared: Bool, _ section: inout Section?
    ) throws(TopologyError) -> ConsumerGroupDeclaration {
        var group = ConsumerGroupDeclaration(undeclared: name)
        group.isDeclared = isDeclared
        group.maxQueue = try decide(Rules.maxQueue, &section, group.maxQueue)
        group.maxQueueTokens = try decide(Rules.maxQueueTokens, &section, group.maxQueueTokens)
        group.defaultPriority = try decide(Rules.defaultPriority, &section, group.defaultPriority)
        let mode = try decide(Rules.batching, &section, group.batching.mode)
        group.batching = try batching(mode, &section)
        return group
    }

    private func batching(
        _ mode: Setting<Batching>, _ section: inout Section?
    ) throws(TopologyError) -> BatchingDeclaration {
        var batching = BatchingDeclaration(mode)
        let place = section?.path
        for key in BatchingKey.allCases {
            guard mode.value.keys.contains(key) else {
                try refuse(key, mode.value, &section)
                continue
            }
            switch key {
            case .window: batching.window = try decide(Rules.batchWindow, &section, batching.window)
            case .minBatch: batching.minBatch = try decide(Rules.minBatch, &section, batching.minBatch)
            case .maxBatch: batching.maxBatch = try decide(Rules.maxBatch, &section, batching.maxBatch)
            case .urgentPriority:
                batching.urgentPriority = try decide(Rules.urgentPriority, &section, batching.urgentPriority)
            case .reservedSlots:
                batching.reservedSlots = try decide(Rules.reservedSlots, &section, batching.reservedSlots)
            case .lowPressure:
                batching.lowPressure = try decide(Rules.lowPressure, &section, batching.lowPressure)
            case .highPressure:
                batching.highPressure = try decide(Rules.highPressure, &section, batching.highPressure)
            }
        }
        if batching.minBatch.origin == .default, let most = batching.maxBatch.value {
            batching.minBatch.value = min(batching.minBatch.value, most)
        }
        try requireOrder(batching, place: place, file: section?.file)
        return batching
    }

    private func decide<Value>(
        _ rule: Rule<Value>, _ section: inout Section?, _ fallback: Setting<Value>
    ) throws(TopologyError) -> Setting<Value> {
        try resolver.resolve(rule, flag: nil, section: &section, default: fallback.value)
    }

    /// A key of another policy would have no effect.
    private func refuse(
        _ key: BatchingKey, _ mode: Batching, _ section: inout Section?
    ) throws(TopologyError) {
        guard let entry = section?.take(key.rawValue) else { return }
        let owners = key.policies.map(\.rawValue).listed
        throw entry.error(
            .conflict, allowed: "batching is \(mode.rawValue), and this key belongs to \(owners)")
    }

    /// The smaller of two bounds must be smaller.
    private func requireOrder(
        _ batching: BatchingDeclaration, place: String?, file: String?
    ) throws(TopologyError) {
        func refuse(_ low: BatchingKey, _ setting: Setting<Int>, _ high: BatchingKey, _ bound: Setting<Int>)
            -> TopologyError
        {
            var error = TopologyError(
                .conflict, key: (place.map { "\($0)." } ?? "") + low.rawValue, value: "\(setting.value)",
                allowed: "it must be at most \(high.rawValue), which is \(bound.value)")
            error.file = file
            for case .file(let line) in [bound.origin, setting.origin] { error.line = line }
            return error
        }
        if let most = batching.maxBatch.value, batching.minBatch.value > most {
            let bound = Setting(most, batching.maxBatch.origin)
            throw refuse(.minBatch, batching.minBatch, .maxBatch, bound)
        }
        if batching.lowPressure.value > batching.highPressure.value {
            throw refuse(.lowPressure, batching.lowPressure, .highPressure, batching.highPressure)
        }
    }
}

extension BatchingKey {
    /// The variable's name. It applies to every group whose policy has the key.
    var variable: String { "SKEIN_" + rawValue.uppercased() }
}
