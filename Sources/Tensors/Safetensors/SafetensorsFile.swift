/// A safetensors file: its checked header, and reads of its tensors' bytes. Never mapped.
package struct SafetensorsFile: Sendable {
    /// The file.
    package let file: CheckpointFile
    /// The length field as it stands in the file.
    package let lengthBytes: [UInt8]
    /// The header's JSON.
    package let json: [UInt8]
    /// What the header says.
    package let header: SafetensorsHeader

    private let positions: [String: Int]

    /// Opens a file and checks its header; reads no tensor.
    package init(path: String) throws(SafetensorsError) {
        let opened: CheckpointFile
        var prefix = [UInt8](repeating: 0, count: SafetensorsHeader.lengthByteCount)
        do throws(CheckpointFileError) {
            opened = try CheckpointFile(path: path)
            try opened.read(0..<prefix.count, into: &prefix, at: 0)
        } catch { throw .file(error) }
        let claimed = prefix.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let limit = min(SafetensorsHeader.byteCountMax, opened.byteCount - prefix.count)
        guard limit >= 2, claimed >= 2, claimed <= UInt64(limit) else {
            throw .headerLength(path: path, byteCount: claimed, allowed: 2...max(2, limit))
        }
        let tensorsStart = prefix.count + Int(claimed)
        var json = [UInt8](repeating: 0, count: Int(claimed))
        do { try opened.read(prefix.count..<tensorsStart, into: &json, at: 0) } catch { throw .file(error) }
        let header = try SafetensorsHeader(
            parsing: json, path: path, tensorsStart: tensorsStart,
            fileByteCount: opened.byteCount)
        file = opened
        lengthBytes = prefix
        self.json = json
        positions = Dictionary(uniqueKeysWithValues: header.tensors.enumerated().map { ($1.name, $0) })
        self.header = header
    }

    /// The tensor of a name, or nil.
    package func tensor(_ name: String) -> SafetensorsTensor? {
        positions[name].map { header.tensors[$0] }
    }
}
