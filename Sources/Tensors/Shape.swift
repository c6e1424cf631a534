/// The dimensions of a tensor, outermost first, whose product is known to fit in an `Int`.
package struct Shape: Equatable, Sendable, CustomStringConvertible {
    /// Dimensions at most; more appear in no model.
    package static let dimensionCountMax = 8

    /// Outermost first; none of them negative. Empty for a scalar.
    package let dimensions: [Int]
    /// Product of the dimensions, 1 for a scalar.
    package let elementCount: Int

    /// Makes a shape, or gives nil if a dimension is negative, there are more than `dimensionCountMax`, or
    /// the product overflows.
    package init?(_ dimensions: [Int]) {
        guard dimensions.count <= Shape.dimensionCountMax, dimensions.allSatisfy({ $0 >= 0 }) else {
            return nil
        }
        var product = 1
        for dimension in dimensions where product != 0 {
            let (value, overflows) = product.multipliedReportingOverflow(by: dimension)
            guard !overflows else { return nil }
            product = value
        }
        self.dimensions = dimensions
        elementCount = dimensions.contains(0) ? 0 : product
    }

    /// Bytes of a tensor of this shape, or nil if that overflows.
    package func byteCount(of dtype: DType) -> Int? {
        let (value, overflows) = elementCount.multipliedReportingOverflow(by: dtype.byteCount)
        return overflows ? nil : value
    }

    package var description: String { "[\(dimensions.map(String.init).joined(separator: ", "))]" }
}
