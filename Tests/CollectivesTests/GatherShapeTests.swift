import Collectives
import Testing

@Suite struct GatherShapeTests {
    @Test("Columns follow each other in rank order, empty ones too")
    func columns() {
        let shape = GatherShape(columnCounts: [3, 0, 5, 0])
        #expect(shape.rankCount == 4 && shape.columnCount == 8)
        #expect((0..<4).map(shape.columns(of:)) == [0..<3, 3..<3, 3..<8, 8..<8])
    }
}
