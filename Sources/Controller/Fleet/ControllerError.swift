package import Serving

/// Why the fleet refuses to start or stop a reader. A closed set: HTTPAPI gives each case its status.
package enum ControllerError: Error, Equatable, Sendable {
    /// The model's files cannot be read or are wrong; `reason` names file, tensor and numbers.
    case invalidModel(directory: String, reason: String)
    /// POST named a directory that lies neither under a root nor beside a model already served.
    case pathOutsideRoots(directory: String, roots: [String])
    /// Another model, format or limit than the consumer group's first reader brought.
    case identityConflict(consumerGroup: String, current: ReaderIdentity, offered: ReaderIdentity)
    /// A setting that cannot work; `allowed` says what can.
    case invalidSetting(key: String, value: String, allowed: String)
    /// Pack, KV cache, activations and gather memory do not fit.
    case insufficientMemory(MemoryRefusal)
    /// The system does not say how much memory is left.
    case memoryUnknown(reason: String)
    /// No reader has this name.
    case unknownReader(ReaderID)
    /// A reader of this name exists.
    case duplicateReader(ReaderID)
    /// The fleet holds as many readers as it may.
    case tooManyReaders(limit: Int)
    /// The fleet stops; it takes no new reader.
    case draining
}

extension ControllerError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .invalidModel(let directory, let reason): "model \(directory) cannot be served: \(reason)"
        case .pathOutsideRoots(let directory, let roots):
            "model_name \(directory) lies neither under model_roots (\(roots.joined(separator: ", "))) "
                + "nor beside a model already served"
        case .identityConflict(let group, let current, let offered):
            "consumer group \(group) serves \(current); a reader with \(offered) cannot join it"
        case .invalidSetting(let key, let value, let allowed): "\(key) is \(value); allowed: \(allowed)"
        case .insufficientMemory(let refusal): refusal.description
        case .memoryUnknown(let reason): "available memory cannot be read: \(reason)"
        case .unknownReader(let id): "there is no reader \(id)"
        case .duplicateReader(let id): "there is a reader \(id) already"
        case .tooManyReaders(let limit): "there are \(limit) readers, the most this server runs"
        case .draining: "the server is shutting down and takes no new reader"
        }
    }
}
