import Tensors
import Testing

struct SafetensorsIndexTests {
    private func message(_ text: String) -> String {
        do throws(SafetensorsError) {
            _ = try SafetensorsIndex(parsing: Array(text.utf8), path: "i")
            return "accepted"
        } catch { return "\(error)" }
    }

    @Test func tensorsAreFoundInTheirFiles() throws {
        let text =
            #"{"metadata": {"x": [1]}, "weight_map": {"b": "2.st", "a": "1.st", "c": "2.st"}}"#
        let index = try SafetensorsIndex(parsing: Array(text.utf8), path: "i")
        var names: [String: String] = [:]
        try index.forEach { tensor, file in names[tensor] = index.files[file] }
        #expect(names == ["a": "1.st", "b": "2.st", "c": "2.st"])
        #expect(index.files == ["1.st", "2.st"])
    }

    @Test(arguments: ["../w.st", "/etc/passwd", "", ".", "..", "a/b.st", "a\\u0000b"])
    func filesOutsideTheDirectoryAreRefused(name: String) {
        #expect(message("{\"weight_map\": {\"w\": \"\(name)\"}}").contains("which is not a plain file name"))
    }

    @Test func mapsThatAreMissingEmptyOrDoubledAreRefused() {
        #expect(message("{}") == "i: weight_map: it is missing or names no tensor")
        #expect(message("{\"weight_map\": {}}") == "i: weight_map: it is missing or names no tensor")
        #expect(
            message("{\"weight_map\": {\"w\": \"a\", \"w\": \"b\"}}").hasPrefix(
                "i: the key \"w\" appears twice in one object"))
        #expect(message("{\"weight_map\": [1]}").hasPrefix("i: { is expected"))
    }

    @Test func fileNamesAreAllowedAtTheLimitAndRefusedOnePastIt() {
        func text(_ count: Int) -> String {
            "{\"weight_map\": {\"w\": \"\(String(repeating: "a", count: count))\"}}"
        }
        let limit = SafetensorsIndex.fileNameByteCountMax
        #expect(message(text(limit)) == "accepted")
        #expect(message(text(limit + 1)).contains("a file name has 256 bytes, allowed are 255"))
    }

    @Test func filesAreAllowedAtTheLimitAndRefusedOnePastIt() {
        // Tensors with long names, so that the names of the files are no large part of the text.
        let name = String(repeating: "w", count: 400)
        func text(_ count: Int) -> String {
            "{\"weight_map\": {\((0..<count).map { "\"\(name)\($0)\": \"f\($0)\"" }.joined(separator: ","))}}"
        }
        let limit = SafetensorsIndex.fileCountMax
        #expect(message(text(limit)) == "accepted")
        #expect(
            message(text(limit + 1)) == "i: weight_map: it names \(limit + 1) files, allowed are \(limit)")
    }
}
