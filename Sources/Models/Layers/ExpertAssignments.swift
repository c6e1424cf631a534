import Tensors

/// Which experts the rows of a step go to, and the place of each such assignment among all: those of one expert
/// follow each other, its rows ascending.
///
///     row 0 -> experts 2, 5     row 1 -> 0, 2     row 2 -> 2, 5
///     places:  0: row 1 | 1: row 0 | 2: row 1 | 3: row 2 | 4: row 0 | 5: row 2
///     experts: 0        | 2                              | 5
///
/// All memory is reserved at the start.
struct ExpertAssignments {
    /// The assignments to one expert.
    struct Group {
        let expert: Int
        let places: Range<Int>
    }

    /// Experts of one row.
    let chosenCount: Int
    /// Assignments.
    private(set) var count = 0
    /// By place, the row.
    private(set) var rows: [Int]
    /// Experts that have an assignment, ids ascending.
    private(set) var groups: [Group] = []

    private let isNormalized: Bool
    /// By row and choice, ids ascending within a row.
    private var ids: [Int32]
    private var weights: [Float]
    private var places: [Int]
    /// The choices of one row.
    private var rowIDs: [Int32]
    private var rowWeights: [Float]
    /// By expert, the next free place.
    private var cursors: [Int]

    /// Reserves memory for so many rows.
    init(_ experts: ExpertConfiguration, rowCountMax: Int) {
        chosenCount = experts.chosenCount
        isNormalized = experts.isNormalized
        let countMax = rowCountMax * experts.chosenCount
        rows = [Int](repeating: 0, count: countMax)
        ids = [Int32](repeating: 0, count: countMax)
        weights = [Float](repeating: 0, count: countMax)
        places = [Int](repeating: 0, count: countMax)
        rowIDs = [Int32](repeating: 0, count: experts.chosenCount)
        rowWeights = [Float](repeating: 0, count: experts.chosenCount)
        cursors = [Int](repeating: 0, count: experts.count)
        groups.reserveCapacity(experts.count)
    }

    /// The place and the weight of one of a row's assignments, in ascending order of expert ids.
    func choice(_ choice: Int, ofRow row: Int) -> (place: Int, weight: Float) {
        let index = row * chosenCount + choice
        return (places[index], weights[index])
    }

    /// Chooses for every row of router logits.
    mutating func choose(_ logits: FloatView, kernels: Kernels) {
        count = logits.rowCount * chosenCount
        for row in 0..<logits.rowCount {
            ExpertAssignments.choose(
                logits.row(row), isNormalized: isNormalized, ids: &rowIDs, weights: &rowWeights, kernels)
            for choice in 0..<chosenCount {
                ids[row * chosenCount + choice] = rowIDs[choice]
                weights[row * chosenCount + choice] = rowWeights[choice]
            }
        }
        group()
    }

    private static func choose(
        _ logits: FloatView, isNormalized: Bool, ids: inout [Int32], weights: inout [Float],
        _ kernels: Kernels
    ) {
        var idSpan = ids.mutableSpan
        var weightSpan = weights.mutableSpan
        kernels.chooseExperts(logits, isNormalized: isNormalized, ids: &idSpan, weights: &weightSpan)
    }

    /// Deals places: by expert, then by row.
    private mutating func group() {
        for expert in cursors.indices { cursors[expert] = 0 }
        for index in 0..<count { cursors[Int(ids[index])] += 1 }
        groups.removeAll(keepingCapacity: true)
        var start = 0
        for expert in cursors.indices {
            let end = start + cursors[expert]
            cursors[expert] = start
            if end > start { groups.append(Group(expert: expert, places: start..<end)) }
            start = end
        }
        for index in 0..<count {
            let expert = Int(ids[index])
            places[index] = cursors[expert]
            rows[cursors[expert]] = index / chosenCount
            cursors[expert] += 1
        }
    }
}
