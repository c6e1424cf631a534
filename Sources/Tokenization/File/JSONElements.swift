/// The elements of an array of a JSON text, one at a time: several arrays can be gone through side by side.
struct JSONElements {
    private var reader: JSONReader
    private let text: JSONText
    private var isAtStart = true

    /// Begins before the first element.
    init(_ array: JSONArray) {
        text = array.text
        reader = text.reader(at: array.start)
    }

    /// The next element, nil after the last one.
    mutating func next() throws -> JSONValue? {
        guard try reader.stepToElement(isFirst: isAtStart) else { return nil }
        isAtStart = false
        return try reader.readValue(of: text)
    }
}
