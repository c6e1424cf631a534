import CKernels

/// A function of one number that a feed-forward layer applies.
package enum Activation: Sendable, CaseIterable {
    case silu, geluTanh, geluErf, relu
}

extension Kernels {
    /// sum += addend, element by element: the residual connection.
    package func add(_ addend: FloatView, to sum: MutableFloatView) {
        checkShapes(addend, sum)
        for row in 0..<sum.rowCount {
            unsafe table.pointee.add_f32(
                addend.base + row * addend.stride, sum.columnCount, sum.base + row * sum.stride)
        }
    }

    /// y = activation(gate) * up, element by element; silu or geluTanh. y may be gate or up.
    package func apply(
        _ activation: Activation, toGate gate: FloatView, times up: FloatView, into y: MutableFloatView
    ) {
        checkShapes(gate, y)
        checkShapes(up, y)
        let kernel =
            switch activation {
            case .silu: unsafe table.pointee.silu_mul_f32
            case .geluTanh: unsafe table.pointee.gelu_tanh_mul_f32
            case .geluErf, .relu: preconditionFailure("no gated MLP has \(activation)")
            }
        for row in 0..<y.rowCount {
            unsafe kernel(
                gate.base + row * gate.stride, up.base + row * up.stride, y.columnCount,
                y.base + row * y.stride)
        }
    }

    /// x *= factor, element by element.
    package func scale(_ x: MutableFloatView, by factor: Float) {
        for row in 0..<x.rowCount {
            let start = unsafe x.base + row * x.stride
            unsafe table.pointee.scale_f32(start, factor, x.columnCount, start)
        }
    }

    /// sum = fma(addend, factor, sum), element by element.
    package func add(_ addend: FloatView, times factor: Float, to sum: MutableFloatView) {
        checkShapes(addend, sum)
        for row in 0..<sum.rowCount {
            unsafe table.pointee.add_scaled_f32(
                addend.base + row * addend.stride, factor, sum.columnCount, sum.base + row * sum.stride)
        }
    }

    /// Moves every element into -limit ... limit; a NaN stays a NaN.
    package func clamp(_ x: MutableFloatView, to limit: Float) {
        for row in 0..<x.rowCount {
            let start = unsafe x.base + row * x.stride
            unsafe table.pointee.clamp_f32(start, limit, x.columnCount, start)
        }
    }

    /// x = tanh(x / cap) * cap, element by element.
    package func softCap(_ x: MutableFloatView, at cap: Float) {
        for row in 0..<x.rowCount {
            let start = unsafe x.base + row * x.stride
            unsafe table.pointee.soft_cap_f32(start, cap, x.columnCount, start)
        }
    }

    /// y = 1 / (1 + exp(-x)), element by element. y may be x.
    package func sigmoid(_ x: FloatView, into y: MutableFloatView) {
        checkShapes(x, y)
        for row in 0..<y.rowCount {
            unsafe table.pointee.sigmoid_f32(x.base + row * x.stride, y.columnCount, y.base + row * y.stride)
        }
    }

    /// y = activation(x), element by element. y may be x.
    package func apply(_ activation: Activation, to x: FloatView, into y: MutableFloatView) {
        checkShapes(x, y)
        let kernel =
            switch activation {
            case .silu: unsafe table.pointee.silu_f32
            case .geluTanh: unsafe table.pointee.gelu_tanh_f32
            case .geluErf: unsafe table.pointee.gelu_erf_f32
            case .relu: unsafe table.pointee.relu_f32
            }
        for row in 0..<y.rowCount {
            unsafe kernel(x.base + row * x.stride, y.columnCount, y.base + row * y.stride)
        }
    }

    /// y = exp(x - shift), element by element; +0 where that is below exp(-80). y may be x.
    package func exp(_ x: FloatView, minus shift: Float, into y: MutableFloatView) {
        checkShapes(x, y)
        for row in 0..<y.rowCount {
            unsafe table.pointee.exp_f32(
                x.base + row * x.stride, shift, y.columnCount, y.base + row * y.stride)
        }
    }

    /// y = tanh(x), element by element. y may be x.
    package func tanh(_ x: FloatView, into y: MutableFloatView) {
        checkShapes(x, y)
        for row in 0..<y.rowCount {
            unsafe table.pointee.tanh_f32(x.base + row * x.stride, y.columnCount, y.base + row * y.stride)
        }
    }

    /// y = erf(x), element by element. y may be x.
    package func erf(_ x: FloatView, into y: MutableFloatView) {
        checkShapes(x, y)
        for row in 0..<y.rowCount {
            unsafe table.pointee.erf_f32(x.base + row * x.stride, y.columnCount, y.base + row * y.stride)
        }
    }

    /// Natural logarithm of a positive f64 by our own polynomial: the same bits on every machine.
    package static func log(_ x: Double) -> Double { sk_log_f64(x) }

    private func checkShapes(_ x: FloatView, _ y: MutableFloatView) {
        precondition(
            y.rowCount == x.rowCount && y.columnCount == x.columnCount,
            "x is \(x.rowCount) x \(x.columnCount), y is \(y.rowCount) x \(y.columnCount)")
    }
}
