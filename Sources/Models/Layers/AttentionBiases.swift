import Platform
import Tensors

/// The tables of ALiBi of a rank's query heads, reckoned at the start for the longest sequence.
struct AttentionBiases {
    private let tables: FloatBuffer
    private let zeroDistance: Int?

    /// nil where the model adds nothing to its scores.
    init?(_ model: DecoderModel, heads: Range<Int>, maxSequenceLength: Int) throws(SystemError) {
        guard let alibi = model.alibi else { return nil }
        let padding = AttentionBias.paddingCount
        tables = try FloatBuffer(rowCount: heads.count, columnCount: maxSequenceLength + padding)
        zeroDistance = alibi.form == .distance ? maxSequenceLength : nil
        for (row, head) in heads.enumerated() {
            let table = alibi.table(
                head: head, maxSequenceLength: maxSequenceLength, paddingCount: padding,
                scale: model.attentionScale)
            for (column, value) in table.enumerated() { tables.view[row, column] = value }
        }
    }

    /// The table of a head, counted from the rank's first.
    subscript(head: Int) -> AttentionBias {
        AttentionBias(table: tables.view.row(head).readOnly, zeroDistance: zeroDistance)
    }
}
