/// Why a GGUF file is refused.
package enum GGUFError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The file could not be opened or read.
    case file(CheckpointFileError)
    /// The file's structure is wrong; `reason` holds the numbers.
    case malformed(path: String, byteOffset: Int, reason: String)
    /// A metadata value is missing or not what it should be.
    case metadata(path: String, key: String, reason: String)
    /// One tensor contradicts itself, another or the file.
    case tensor(path: String, name: String, reason: String)

    package var description: String {
        switch self {
        case .file(let error): "\(error)"
        case .malformed(let path, let byteOffset, let reason): "\(path): \(reason), at byte \(byteOffset)"
        case .metadata(let path, let key, let reason): "\(path): \(key) \(reason)"
        case .tensor(let path, let name, let reason): "\(path): tensor \(name): \(reason)"
        }
    }
}
