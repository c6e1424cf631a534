import Foundation

/// One setting as `skein plan` prints it.
package struct SettingDescription: Equatable, Sendable {
    /// Where it belongs, such as `reader_groups.chat`.
    package let section: String
    /// Its key.
    package let key: String
    /// Its value, as a file writes it.
    package let value: String
    /// Who said so.
    package let origin: Origin

    /// Makes a line of the list.
    package init(section: String, key: String, value: String, origin: Origin) {
        self.section = section
        self.key = key
        self.value = value
        self.origin = origin
    }
}

extension Topology {
    /// Every setting with its origin, in the order of a file.
    package var settings: [SettingDescription] {
        server.descriptions + consumerGroups.flatMap(\.descriptions) + readerGroups.flatMap(\.descriptions)
    }
}

extension ServerSettings {
    fileprivate var descriptions: [SettingDescription] {
        func line<Value>(_ rule: Rule<Value>, _ setting: Setting<Value>) -> SettingDescription {
            .init(section: "server", rule, setting)
        }
        let roots = modelRoots.value.map { $0.path(percentEncoded: false) }.joined(separator: ", ")
        return [
            line(Rules.host, host), line(Rules.port, port), line(Rules.managementHost, managementHost),
            line(Rules.managementPort, managementPort), line(Rules.openAIPort, openAIPort),
            SettingDescription(
                section: "server", key: "model_roots", value: "[\(roots)]", origin: modelRoots.origin),
            line(Rules.logLevel, logLevel), line(Rules.logFormat, logFormat),
            line(Rules.drainTimeout, drainTimeout), line(Rules.queueTimeout, queueTimeout),
            line(Rules.bodyLimit, bodyLimit),
            SettingDescription(
                section: "server", key: "pack_cache",
                value: packCache.value?.path(percentEncoded: false) ?? "off", origin: packCache.origin),
            line(Rules.packCacheLimit, packCacheLimit),
        ]
    }
}

extension ConsumerGroupDeclaration {
    fileprivate var descriptions: [SettingDescription] {
        let section = "consumer_groups.\(name)"
        return [
            .init(section: section, Rules.maxQueue, maxQueue),
            .init(section: section, Rules.maxQueueTokens, maxQueueTokens),
            .init(section: section, Rules.defaultPriority, defaultPriority),
            .init(section: section, Rules.batching, batching.mode),
        ] + batching.mode.value.keys.map { description(of: $0, section) }
    }

    private func description(of key: BatchingKey, _ section: String) -> SettingDescription {
        switch key {
        case .window: .init(section: section, Rules.batchWindow, batching.window)
        case .minBatch: .init(section: section, Rules.minBatch, batching.minBatch)
        case .maxBatch: .init(section: section, Rules.maxBatch, batching.maxBatch)
        case .urgentPriority: .init(section: section, Rules.urgentPriority, batching.urgentPriority)
        case .reservedSlots: .init(section: section, Rules.reservedSlots, batching.reservedSlots)
        case .lowPressure: .init(section: section, Rules.lowPressure, batching.lowPressure)
        case .highPressure: .init(section: section, Rules.highPressure, batching.highPressure)
        }
    }
}

extension ReaderDeclaration {
    fileprivate var descriptions: [SettingDescription] {
        let section = "reader_groups.\(name)"
        func line<Value>(_ rule: Rule<Value>, _ setting: Setting<Value>) -> SettingDescription {
            .init(section: section, rule, setting)
        }
        return [
            SettingDescription(
                section: section, key: "model_name", value: modelDirectory.value.path(percentEncoded: false),
                origin: modelDirectory.origin),
            line(Rules.consumerGroup, consumerGroup), line(Rules.tensorParallel, tensorParallel),
            line(Rules.replicas, replicas), line(Rules.quantType, quantType),
            line(Rules.kvCacheType, kvCacheType), line(Rules.transport, transport),
            line(Rules.threadsPerRank, threadsPerRank), line(Rules.prefillChunk, prefillChunk),
            line(Rules.maxBatchSize, maxBatchSize), line(Rules.maxSequenceLength, maxSequenceLength),
            line(Rules.kvBlocks, kvBlocks), line(Rules.prefixCache, prefixCache),
            SettingDescription(
                section: section, key: "placement", value: "\(placement.value)", origin: placement.origin),
        ]
    }
}

extension SettingDescription {
    fileprivate init<Value>(section: String, _ rule: Rule<Value>, _ setting: Setting<Value>) {
        self.init(
            section: section, key: rule.key, value: rule.text(setting.value), origin: setting.origin)
    }
}
