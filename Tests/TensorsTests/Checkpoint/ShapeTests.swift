import Tensors
import Testing

struct ShapeTests {
    @Test func elementsAreTheProductOfTheDimensions() throws {
        #expect(Shape([])?.elementCount == 1)
        #expect(Shape([3, 4])?.elementCount == 12)
        #expect(Shape([3, 0, 4])?.elementCount == 0)
        #expect(Shape([3, 4])?.byteCount(of: .bf16) == 24)
        #expect(Shape([3, 4])?.description == "[3, 4]")
    }

    @Test func productsThatOverflowAreNoShapes() {
        #expect(Shape([1 << 31, 1 << 31])?.elementCount == 1 << 62)
        #expect(Shape([1 << 32, 1 << 31]) == nil)
        #expect(Shape([-1]) == nil)
        #expect(Shape([1 << 61])?.byteCount(of: .f16) == 1 << 62)
        #expect(Shape([1 << 61])?.byteCount(of: .f32) == nil)
    }

    @Test func thereAreAtMostEightDimensions() {
        #expect(Shape([Int](repeating: 1, count: 8)) != nil)
        #expect(Shape([Int](repeating: 1, count: 9)) == nil)
    }

    @Test(
        arguments: zip(
            [DType.bool, .u8, .f8e4m3, .i16, .f16, .bf16, .i32, .f32, .f64, .i64, .c64],
            [1, 1, 1, 2, 2, 2, 4, 4, 8, 8, 8]))
    func elementsHaveTheirTypesSize(dtype: DType, byteCount: Int) {
        #expect(dtype.byteCount == byteCount)
    }
}
