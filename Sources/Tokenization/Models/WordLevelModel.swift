/// A model of whole words: a word is a token or unknown.
struct WordLevelModel: WordModel {
    let vocabulary: Vocabulary
    private let unknown: UnknownToken

    init(_ file: FileObject) throws {
        vocabulary = try Vocabulary(try file.object("vocab"))
        let name = try file.string("unk_token")
        unknown = UnknownToken(name: name, id: vocabulary.id(of: name.utf8))
    }

    func encode(_ word: Span<UInt8>, into ids: inout [Int32], memory: inout NoMemory) throws {
        ids.append(try vocabulary.id(of: word) ?? unknown.requiredID())
    }
}
