import Foundation
import Tensors
import TestSupport
import Testing

/// What numpy says; see Fixtures/make_quantized.py.
private struct Oracle: Decodable {
    struct Case: Decodable {
        let bits: Int
        let group: Int
        let hasZeros: Bool
        let codes: Data
        let scales: Data
        let y: Data
    }

    let depth: Int
    let outputs: Int
    let rows: Int
    let weights: Data
    let x: Data
    let cases: [Case]

    static func read() throws -> Oracle {
        let url = SharedFolder.packageRoot.appending(path: "Tests/TensorsTests/Fixtures/quantized.json")
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Oracle.self, from: Data(contentsOf: url))
    }
}

private func floats(_ data: Data) -> [Float] {
    unsafe data.withUnsafeBytes { bytes in
        (0..<bytes.count / 4).map {
            unsafe bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self)
        }
    }
}

private func integers(_ data: Data) -> [Int] {
    unsafe data.withUnsafeBytes { bytes in
        (0..<bytes.count / 2).map {
            unsafe Int(bytes.loadUnaligned(fromByteOffset: 2 * $0, as: Int16.self))
        }
    }
}

@Suite struct QuantizedOracleTests {
    @Test(arguments: InstructionSet.available)
    func `codes, scales and outputs are numpy's`(set: InstructionSet) throws {
        let oracle = try Oracle.read()
        let kernels = try Kernels(set)
        let weights = floats(oracle.weights), x = floats(oracle.x)
        for item in oracle.cases {
            let shape = QuantizedShape(
                inputs: oracle.depth,
                quantization: Quantization(
                    bitCount: item.bits, groupCount: item.group, hasZeros: item.hasZeros))
            let format = MatrixFormat.quantized(shape.quantization)
            let byteCount = try #require(format.tileByteCount(inputCount: oracle.depth))
            let tile = TestMemory([Float](repeating: 0, count: byteCount / 4))
            unsafe kernels.store(
                TestMemory(weights).vector.readOnly, inputCount: oracle.depth, as: format,
                into: UnsafeMutableRawBufferPointer(start: tile.base, count: byteCount))
            let stored = StoredTile(
                bytes: unsafe Array(UnsafeRawBufferPointer(start: tile.base, count: byteCount)), shape: shape)
            let codes = integers(item.codes), scales = floats(item.scales)
            for output in 0..<oracle.outputs {
                for input in 0..<oracle.depth {
                    let group = input / item.group
                    #expect(stored.scale(group, output) == scales[group * oracle.outputs + output])
                    #expect(
                        stored.code(group, output, input % item.group)
                            == codes[input * oracle.outputs + output])
                }
            }
            let buffer = try QuantizedBuffer(rowCountMax: oracle.rows, columnCountMax: oracle.depth)
            let rows = buffer.view(rowCount: oracle.rows, columnCount: oracle.depth, groupCount: item.group)
            kernels.quantize(TestMemory(x).matrix(oracle.rows, oracle.depth).readOnly, into: rows)
            let y = TestMemory(count: oracle.rows * oracle.outputs)
            kernels.matmul(
                rows,
                unsafe TileMatrix(
                    tiles: UnsafeRawPointer(tile.base), format: format, outputCount: oracle.outputs,
                    inputCount: oracle.depth),
                rows: 0..<oracle.outputs, into: y.matrix(oracle.rows, oracle.outputs))
            let expected = floats(item.y)
            let largest = expected.map(abs).max() ?? 1
            for (value, wanted) in zip(y.values, expected) {
                #expect(abs(value - wanted) <= 1e-6 * largest, "\(shape)")
            }
        }
    }
}
