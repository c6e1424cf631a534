import Foundation
import Topology

/// What a body of `POST /reader` asks for, checked (contract 3.1 and 5.1, design 10).
///
/// What the body leaves out keeps the origin `default`, so that the fleet can put the consumer group's
/// value there.
struct ReaderCall {
    /// A reader group of one reader.
    let declaration: ReaderDeclaration
    /// What was accepted without effect.
    let warnings: [String]

    /// Fields of Takeoff's reader configuration that mean nothing here.
    private static let fieldsWithoutEffect = [
        "access_token", "backend", "batch_duration_millis", "cuda_visible_devices", "disable_cuda_graph",
        "disable_paged_attention", "disable_static", "cuda_graph_cache_capacity", "internal_gateway_ip",
        "log_level", "nvlink_unavailable", "page_cache_size", "redis_host", "ssd_cache_size",
    ]

    /// Reads a body's fields. An empty string is as good as null, as Takeoff's client sends them. The fleet
    /// gives the reader its name.
    init(_ object: [String: JSONValue]) throws(APIError) {
        var fields = JSONFields(object)
        guard let model = try fields.text("model_name") else {
            throw APIError(
                .missingField, "model_name is missing; it is a model's directory", field: "model_name")
        }
        let directory = URL(filePath: model, directoryHint: .isDirectory).absoluteURL.standardizedFileURL
        let group = try fields.text("consumer_group")
        try Self.checkGroup(group)
        var declaration = ReaderDeclaration(
            name: directory.lastPathComponent,
            modelDirectory: Setting(directory, .request),
            consumerGroup: group.map { Setting($0, .request) } ?? Setting(Defaults.consumerGroup, .default))

        let ranks = 0...TopologyLimits.tensorParallel.upperBound
        if let count = try fields.integer("tensor_parallel", in: ranks), count > 0 {
            declaration.tensorParallel = Setting(count, .request)
        }
        let quantTypes = QuantType.built.map(\.rawValue)
        if let type = try fields.choice("quant_type", quantTypes).flatMap(QuantType.init) {
            declaration.quantType = Setting(type, .request)
        }
        let cacheTypes = KVCacheType.built.map(\.rawValue)
        if let type = try fields.choice("kv_cache_type", cacheTypes).flatMap(KVCacheType.init) {
            declaration.kvCacheType = Setting(type, .request)
        }
        let transports = TransportChoice.allCases.map(\.rawValue)
        if let transport = try fields.choice("transport", transports).flatMap(TransportChoice.init) {
            declaration.transport = Setting(transport, .request)
        }
        try Self.readCounts(&fields, into: &declaration)
        try Self.checkDevice(&fields)
        _ = try fields.integer("replicas", in: 1...1)
        for name in Self.fieldsWithoutEffect { fields.ignore(name, "Skein has no such setting") }
        for name in ["loras", "assistant_model_name"] {
            try fields.refuse(name, "this server serves no adapters or assistant models yet")
        }
        self.declaration = declaration
        warnings = fields.finish()
    }

    private static func readCounts(
        _ fields: inout JSONFields, into declaration: inout ReaderDeclaration
    ) throws(APIError) {
        if let count = try fields.integer("max_sequence_length", in: TopologyLimits.maxSequenceLength) {
            declaration.maxSequenceLength = Setting(count, .request)
        }
        if let count = try fields.integer("max_batch_size", in: TopologyLimits.maxBatchSize) {
            declaration.maxBatchSize = Setting(count, .request)
        }
        if let count = try fields.integer("threads_per_rank", in: TopologyLimits.threadsPerRank) {
            declaration.threadsPerRank = Setting(count, .request)
        }
        // The second is Takeoff's name for the same.
        for name in ["prefill_chunk", "prefill_chunk_size"] {
            guard let count = try fields.integer(name, in: TopologyLimits.prefillChunk) else { continue }
            declaration.prefillChunk = Setting(count, .request)
        }
    }

    private static func checkGroup(_ name: String?) throws(APIError) {
        guard let name, name.count > TopologyLimits.nameLengthMax else { return }
        throw APIError(
            .invalidField,
            "consumer_group has \(name.count) characters; allowed: at most \(TopologyLimits.nameLengthMax)",
            field: "consumer_group")
    }

    private static func checkDevice(_ fields: inout JSONFields) throws(APIError) {
        let device = try fields.text("device") ?? "cpu"
        switch device.lowercased() {
        case "cpu": break
        case "cuda", "mps", "metal": fields.warn("device \(device) runs on cpu: Skein computes on CPUs")
        default:
            throw APIError(
                .invalidField,
                "device is \(device.prefix(40)); allowed: cpu (cuda, mps and metal run on cpu, too)",
                field: "device")
        }
    }
}

extension JSONFields {
    /// A string that is not empty.
    fileprivate mutating func text(_ name: String) throws(APIError) -> String? {
        let text = try string(name)
        return text == "" ? nil : text
    }

    /// One of these words.
    fileprivate mutating func choice(_ name: String, _ words: [String]) throws(APIError) -> String? {
        guard let word = try text(name) else { return nil }
        guard words.contains(word) else {
            throw APIError(
                .invalidField, "\(name) is \(word.prefix(40)); allowed: \(words.joined(separator: ", "))",
                field: name)
        }
        return word
    }
}
