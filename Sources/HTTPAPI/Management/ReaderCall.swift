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
        let group = try fields.text("consumer_group") ?? Defaults.consumerGroup
        var requested = LayoutOverrides()
        let ranks = 0...TopologyLimits.tensorParallel.upperBound
        if let count = try fields.integer("tensor_parallel", in: ranks), count > 0 {
            requested.tensorParallel = count
        }
        let quantTypes = QuantType.allCases.map(\.rawValue)
        requested.quantType = try fields.choice("quant_type", quantTypes).flatMap(QuantType.init)
        let cacheTypes = KVCacheType.allCases.map(\.rawValue)
        requested.kvCacheType = try fields.choice("kv_cache_type", cacheTypes).flatMap(KVCacheType.init)
        let transports = TransportChoice.allCases.map(\.rawValue)
        requested.transport = try fields.choice("transport", transports).flatMap(TransportChoice.init)
        try Self.readCounts(&fields, into: &requested)
        try Self.checkDevice(&fields)
        _ = try fields.integer("replicas", in: 1...1)
        for name in Self.fieldsWithoutEffect { fields.ignore(name, "Skein has no such setting") }
        for name in ["loras", "assistant_model_name"] {
            try fields.refuse(name, "this server serves no adapters or assistant models yet")
        }
        do throws(TopologyError) {
            declaration = try ReaderDeclaration(
                requested: requested, modelDirectory: directory, consumerGroup: group)
        } catch {
            throw APIError(.invalidField, "\(error)", field: error.key)
        }
        warnings = fields.finish()
    }

    private static func readCounts(
        _ fields: inout JSONFields, into requested: inout LayoutOverrides
    ) throws(APIError) {
        requested.maxSequenceLength = try fields.integer(
            "max_sequence_length", in: TopologyLimits.maxSequenceLength)
        requested.maxBatchSize = try fields.integer("max_batch_size", in: TopologyLimits.maxBatchSize)
        requested.kvBlocks = try fields.integer("kv_blocks", in: TopologyLimits.kvBlocks)
        requested.threadsPerRank = try fields.integer("threads_per_rank", in: TopologyLimits.threadsPerRank)
        // The second is Takeoff's name for the same.
        for name in ["prefill_chunk", "prefill_chunk_size"] {
            guard let count = try fields.integer(name, in: TopologyLimits.prefillChunk) else { continue }
            requested.prefillChunk = count
        }
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
