import CKernels

extension Kernels {
    /// RMSNorm of every row: y = weight * (x / sqrt(mean(x^2) + epsilon)). y may be x.
    package func rmsNorm(_ x: FloatView, weight: FloatView, epsilon: Float, into y: MutableFloatView) {
        checkNorm(x, weight, y)
        unsafe table.pointee.rms_norm_f32(
            x.base, x.stride, x.rowCount, x.columnCount, weight.base, epsilon, y.base, y.stride)
    }

    /// LayerNorm of every row: y = (x - mean) / sqrt(variance + epsilon) * weight (+ bias). y may be x.
    package func layerNorm(
        _ x: FloatView, weight: FloatView, bias: FloatView?, epsilon: Float, into y: MutableFloatView
    ) {
        checkNorm(x, weight, y)
        precondition(
            (bias?.columnCount ?? x.columnCount) == x.columnCount, "bias has another width than x")
        unsafe table.pointee.layer_norm_f32(
            x.base, x.stride, x.rowCount, x.columnCount, weight.base, bias.map { unsafe $0.base }, epsilon,
            y.base, y.stride)
    }

    private func checkNorm(_ x: FloatView, _ weight: FloatView, _ y: MutableFloatView) {
        precondition(
            y.rowCount == x.rowCount && y.columnCount == x.columnCount,
            "y is \(y.rowCount) x \(y.columnCount), not \(x.rowCount) x \(x.columnCount)")
        precondition(
            weight.columnCount == x.columnCount,
            "weight of \(weight.columnCount) for \(x.columnCount) columns")
    }
}
