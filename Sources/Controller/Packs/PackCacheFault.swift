import Platform

/// Why a pack is not taken from the pack cache, or not put into it. The reader goes on without, and a line says so.
enum PackCacheFault: Error, Equatable, Sendable {
    /// A file of the right name that somebody else made or may change.
    case foreign(String)
    /// A file that is not as it was written.
    case damaged(String)
    /// A sound file of another pack.
    case otherPack
    /// The pack is larger than the whole cache may be.
    case limit(needed: Int, allowed: Int)
    /// The disk has too little room.
    case diskFull(needed: Int, available: Int)
    /// The weights are not those that were packed: their files have changed meanwhile.
    case weightsChanged
    /// The cache, or this process, was told to stop.
    case stopped
    /// The system refused.
    case system(SystemError)

    /// Names what was thrown on the way.
    init(_ error: any Error) {
        switch error {
        case let fault as PackCacheFault: self = fault
        case let error as SystemError: self = .system(error)
        default: self = .damaged("\(error)")
        }
    }
}

extension PackCacheFault: CustomStringConvertible {
    var description: String {
        switch self {
        case .foreign(let reason): "the file is not this user's alone: \(reason)"
        case .damaged(let reason): "the file is damaged: \(reason)"
        case .otherPack: "the file holds another pack of the same name"
        case .limit(let needed, let allowed):
            "it takes \(needed) bytes, and pack_cache_limit is \(allowed)"
        case .diskFull(let needed, let available):
            "it takes \(needed) bytes, and the disk has \(available) left"
        case .weightsChanged: "the model's files have changed since they were packed"
        case .stopped: "the server stopped first"
        case .system(let error): error.description
        }
    }
}
