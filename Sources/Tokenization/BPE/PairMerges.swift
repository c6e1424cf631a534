/// What two neighbours become. Lower ranks merge first.
struct PairMerge: Sendable {
    let rank: UInt32
    let mergedID: Int32
}

/// Which neighbours merge: a table of pairs, or the pieces that two together are.
protocol PairMerges: Sendable {
    /// A token in a word, with what is looked up by.
    associatedtype Symbol: Sendable

    /// The symbol of a token.
    func symbol(of id: Int32) -> Symbol

    /// The token of a symbol.
    func id(of symbol: Symbol) -> Int32

    /// What two neighbours merge to, if they do. No rank is `UInt32.max`.
    func merge(of left: Symbol, _ right: Symbol) -> PairMerge?

    /// The symbol that two neighbours become, whose merge has this id.
    func joined(_ left: Symbol, _ right: Symbol, as id: Int32) -> Symbol

    /// How many bytes the tables take beside the vocabulary's.
    var tableByteCount: Int { get }
}
