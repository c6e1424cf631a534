/// `model.safetensors.index.json`: which file holds which tensor of a checkpoint in several files.
package struct SafetensorsIndex: Equatable, Sendable {
    /// Bytes of the file at most.
    package static let byteCountMax = 100_000_000
    /// Files at most.
    package static let fileCountMax = 4096

    /// File name by tensor name.
    package let fileNames: [String: String]

    /// The files' names, ascending.
    package var files: [String] { Set(fileNames.values).sorted() }

    /// Parses an index. File names must be plain names: no directory may be left.
    package init(parsing bytes: [UInt8], path: String) throws(SafetensorsError) {
        var names: [String: String] = [:]
        var hasMap = false
        do throws(JSONError) {
            var scanner = JSONScanner(bytes)
            try scanner.object { (scanner, key) throws(JSONError) in
                guard key == "weight_map" else {
                    try scanner.skip()
                    return
                }
                hasMap = true
                try scanner.object { (scanner, name) throws(JSONError) in
                    let file = try scanner.string()
                    guard SafetensorsIndex.isPlainName(file) else {
                        throw scanner.error(
                            "tensor \(name) is said to be in \"\(file)\", which is not a plain file name")
                    }
                    names[name] = file
                }
            }
            try scanner.requireEnd()
        } catch { throw .json(path: path, error) }
        guard hasMap, !names.isEmpty else {
            throw .index(path: path, name: "weight_map", reason: "it is missing or names no tensor")
        }
        fileNames = names
        let fileCount = files.count
        guard fileCount <= SafetensorsIndex.fileCountMax else {
            throw .index(
                path: path, name: "weight_map",
                reason: "it names \(fileCount) files, allowed are \(SafetensorsIndex.fileCountMax)")
        }
    }

    private static func isPlainName(_ name: String) -> Bool {
        !name.isEmpty && name != "." && name != ".." && !name.utf8.contains(UInt8(ascii: "/"))
            && !name.utf8.contains(0)
    }
}
