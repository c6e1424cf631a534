/// Why a safetensors file or its index is refused.
package enum SafetensorsError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The file could not be opened or read.
    case file(CheckpointFileError)
    /// The header length says more than the file or the limit allows.
    case headerLength(path: String, byteCount: UInt64, allowed: ClosedRange<Int>)
    /// The header or the index is not the JSON it should be.
    case json(path: String, JSONError)
    /// One tensor contradicts itself or the file; `reason` holds the numbers.
    case tensor(path: String, name: String, reason: String)
    /// Two tensors share bytes.
    case overlap(path: String, first: String, firstEnd: Int, second: String, secondStart: Int)
    /// Bytes belong to no tensor.
    case hole(path: String, range: Range<Int>, before: String?)
    /// The index and the files it names disagree.
    case index(path: String, name: String, reason: String)

    package var description: String {
        switch self {
        case .file(let error): "\(error)"
        case .headerLength(let path, let byteCount, let allowed):
            "\(path): the header claims \(byteCount) bytes, "
                + "allowed are \(allowed.lowerBound) to \(allowed.upperBound)"
        case .json(let path, let error): "\(path): \(error)"
        case .tensor(let path, let name, let reason): "\(path): tensor \(name): \(reason)"
        case .overlap(let path, let first, let firstEnd, let second, let secondStart):
            "\(path): tensor \(second) begins at byte \(secondStart), "
                + "before tensor \(first) ends at \(firstEnd)"
        case .hole(let path, let range, let before):
            "\(path): bytes \(range.lowerBound) ..< \(range.upperBound) of the tensors belong to none"
                + (before.map { ", before tensor \($0)" } ?? ", after the last one")
        case .index(let path, let name, let reason): "\(path): \(name): \(reason)"
        }
    }
}
