/// Times kernels on this machine: read bandwidth, the FMA peak and linear layers, with one thread or a team.
///
/// A class because it owns its memory (weights larger than any cache, so that few rows stream them from
/// memory). Measurements run on the calling thread and the team's; they last a few tens of milliseconds each.
@safe package final class KernelBenchmark {
    /// Bytes of weights when nothing else is said: more than any last-level cache share.
    package static let weightByteCount = 256 << 20

    private let kernels: Kernels
    private let team: ThreadTeam
    private let weights: UnsafeMutableRawBufferPointer
    private let byteCount: Int
    private let clock = ContinuousClock()

    /// Allocates and touches the weights; byteCount is rounded down to whole pages, 1 MiB at least.
    package init(_ kernels: Kernels, team: ThreadTeam, byteCount: Int = KernelBenchmark.weightByteCount) {
        self.kernels = kernels
        self.team = team
        self.byteCount = max(byteCount, 1 << 20) / 4096 * 4096
        unsafe weights = .allocate(byteCount: self.byteCount, alignment: 4096)
        let floats = unsafe weights.bindMemory(to: Float.self)
        let view = unsafe MutableFloatView(base: floats.baseAddress.unsafelyUnwrapped, count: floats.count)
        team.run(itemCount: floats.count) { range in
            for index in range { view[0, index] = Float(index % 7) * 0.01 }
        }
    }

    deinit { unsafe weights.deallocate() }

    /// A rate per second over repeated runs.
    package struct Rate: Sendable {
        /// Per second, over the runs.
        package let median: Double, lowest: Double, highest: Double

        init(amount: Double, durations: [Duration]) {
            let seconds = durations.map {
                Double($0.components.attoseconds) * 1e-18 + Double($0.components.seconds)
            }
            .sorted()
            median = amount / seconds[seconds.count / 2]
            lowest = amount / seconds[seconds.count - 1]
            highest = amount / seconds[0]
        }
    }

    /// Bytes per second that the team reads from memory: 32 MiB a time, another part each time.
    package func readBandwidth(repeats: Int = 24) -> Rate {
        let pages = min(byteCount, 32 << 20) / 4096, slots = byteCount / 4096 / pages
        let durations = (0..<repeats).map { round in
            let first = round % slots * pages
            return clock.measure {
                team.run(itemCount: pages) { range in
                    let start = (first + range.lowerBound) * 4096
                    let part = unsafe UnsafeRawBufferPointer(
                        rebasing: weights[start..<start + range.count * 4096])
                    _ = unsafe kernels.readProbe(part)
                }
            }
        }
        return Rate(amount: Double(pages * 4096), durations: durations)
    }

    /// Floating-point operations per second (two a fused multiply-add) that the team performs in registers.
    package func arithmeticPeak(repeats: Int = 9) -> Rate {
        let rounds = 20_000
        let durations = (0..<repeats).map { _ in
            clock.measure {
                team.run(itemCount: team.memberCount) { _ in kernels.multiplyAddProbe(rounds: rounds) }
            }
        }
        return Rate(
            amount: Double(team.memberCount * rounds * Kernels.probeRoundMultiplyAdds * 2),
            durations: durations)
    }

    /// Operations per second (a product and a sum) with weights of 8 or 4 bits that the team performs in registers.
    package func codeArithmeticPeak(bits: Int, repeats: Int = 9) -> Rate {
        let rounds = 5000
        let durations = (0..<repeats).map { _ in
            clock.measure {
                team.run(itemCount: team.memberCount) { _ in kernels.dotProbe(rounds: rounds, bits: bits) }
            }
        }
        return Rate(
            amount: Double(team.memberCount * rounds * Kernels.probeRoundProducts * 2), durations: durations)
    }

    /// Linear layers per second of a shape, weights out of memory each time; tiles are dealt to the team
    /// evenly.
    ///
    /// Times 2 * rows * inputs * outputs it is FLOP/s, times 4 * inputs * outputs bytes of weights per
    /// second.
    package func linearLayers(rows: Int, inputs: Int, outputs: Int, repeats: Int = 15) -> Rate {
        let elements = TileMatrix.elementCount(outputCount: outputs, inputCount: inputs)
        precondition(elements * 4 <= byteCount, "\(elements) weights in \(byteCount) bytes")
        let slots = byteCount / 4 / elements
        let x = UnsafeMutablePointer<Float>.allocate(capacity: rows * inputs)
        let y = UnsafeMutablePointer<Float>.allocate(capacity: rows * outputs)
        defer {
            unsafe x.deallocate()
            unsafe y.deallocate()
        }
        for index in 0..<rows * inputs { unsafe (x + index).initialize(to: Float(index % 13) * 0.001) }
        let input = unsafe FloatView(base: x, rowCount: rows, columnCount: inputs, stride: inputs)
        let output = unsafe MutableFloatView(base: y, rowCount: rows, columnCount: outputs, stride: outputs)
        let floats = unsafe weights.bindMemory(to: Float.self).baseAddress.unsafelyUnwrapped
        let durations = (0..<repeats).map { round in
            // Slots start at multiples of 32 elements: a tile's size is one.
            let matrix = unsafe TileMatrix(
                tiles: floats + round % slots * elements, outputCount: outputs, inputCount: inputs)
            return clock.measure {
                team.run(itemCount: TileMatrix.tileCount(outputCount: outputs)) { tiles in
                    let range = tiles.lowerBound * 32..<min(outputs, tiles.upperBound * 32)
                    kernels.matmul(input, matrix, rows: range, into: output.columns(range))
                }
            }
        }
        return Rate(amount: 1, durations: durations)
    }
}
