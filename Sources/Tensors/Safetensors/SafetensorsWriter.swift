import Glibc
import Platform

/// Writes a safetensors file from numbers that are made while it is written: random models for benchmarks and
/// tests.
package enum SafetensorsWriter {
    /// One tensor to be written.
    package struct Tensor: Equatable, Sendable {
        /// Its key in the header: plain ASCII without quotes and backslashes.
        package let name: String
        /// Element type.
        package let dtype: DType
        /// Dimensions.
        package let shape: Shape

        /// Describes a tensor.
        package init(name: String, dtype: DType, shape: Shape) {
            self.name = name
            self.dtype = dtype
            self.shape = shape
        }
    }

    /// Elements handed out at once, at most.
    static let chunkElementCount = 1 << 20

    /// Writes `tensors`, one after the other, to a new file at `path`, which an older one is replaced by.
    ///
    /// `fill` is called with the tensor's index, a range of its elements, and as many bytes as they have,
    /// into which it must write them, little-endian; what the bytes are before is unspecified.
    package static func write(
        _ tensors: [Tensor], to path: String, fill: (Int, Range<Int>, inout [UInt8]) -> Void
    ) throws(CheckpointFileError) {
        let number = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard number >= 0 else { throw .failed(path: path, operation: "created", code: errno) }
        let descriptor = OwnedDescriptor(adopting: number)
        try append(header(of: tensors), to: descriptor, path)
        var bytes: [UInt8] = []
        for (index, tensor) in tensors.enumerated() {
            for start in stride(from: 0, to: tensor.shape.elementCount, by: chunkElementCount) {
                let range = start..<min(start + chunkElementCount, tensor.shape.elementCount)
                let byteCount = range.count * tensor.dtype.byteCount
                if bytes.count != byteCount { bytes = [UInt8](repeating: 0, count: byteCount) }
                fill(index, range, &bytes)
                precondition(
                    bytes.count == byteCount, "the bytes of tensor \(tensor.name) became \(bytes.count)")
                try append(bytes, to: descriptor, path)
            }
        }
    }

    /// Length field and JSON, padded with spaces so that the tensors begin at a multiple of 8.
    package static func header(of tensors: [Tensor]) -> [UInt8] {
        var offset = 0
        let entries = tensors.map { tensor in
            let start = offset
            offset += tensor.shape.elementCount * tensor.dtype.byteCount
            return "\"\(tensor.name)\":{\"dtype\":\"\(tensor.dtype.rawValue)\","
                + "\"shape\":\(tensor.shape),\"data_offsets\":[\(start),\(offset)]}"
        }
        var json = Array("{\(entries.joined(separator: ","))}".utf8)
        while !json.count.isMultiple(of: 8) { json.append(UInt8(ascii: " ")) }
        var writer = ByteWriter()
        writer.append(UInt64(json.count))
        return writer.bytes + json
    }

    private static func append(
        _ bytes: [UInt8], to descriptor: OwnedDescriptor, _ path: String
    ) throws(CheckpointFileError) {
        var done = 0
        while done < bytes.count {
            let count = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.write(descriptor.rawValue, $0.baseAddress! + done, bytes.count - done)
            }
            if count < 0 {
                if errno == EINTR { continue }
                throw .failed(path: path, operation: "written", code: errno)
            }
            done += count
        }
    }
}
