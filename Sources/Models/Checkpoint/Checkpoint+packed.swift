import Foundation
import Tensors

extension Checkpoint {
    /// The endings that stand for `weight` where a matrix is packed.
    static let packedEndings = ["qweight", "qzeros", "scales", "g_idx"]

    /// The name without `weight` at its end, if it has that.
    static func stem(of name: String) -> String? {
        name.hasSuffix(".weight") ? String(name.dropLast("weight".count)) : nil
    }

    /// A packed matrix's source; nil if the checkpoint has none of this name.
    func packedSource(
        of name: TensorName, _ quantization: PackedQuantization
    ) throws(ModelError) -> TensorSource? {
        guard
            let stem = name.candidates.lazy.compactMap(Checkpoint.stem)
                .first(where: { tensor("\($0)qweight") != nil }), name.dimensions.count == 2
        else { return nil }
        let isInputMajor = name.order == .inputMajor
        let codes = try packedCodes(
            stem, outputCount: name.dimensions[isInputMajor ? 1 : 0],
            inputCount: name.dimensions[isInputMajor ? 0 : 1], quantization)
        var source = TensorSource(
            file: codes.codes.file, byteOffset: codes.codes.range.lowerBound, format: .plain(.f32),
            order: .outputMajor, firstRow: name.firstRow, groups: name.groups, stride: codes.inputCount,
            addend: 0)
        source.codes = codes
        return source
    }

    private func packedCodes(
        _ stem: String, outputCount: Int, inputCount: Int, _ quantization: PackedQuantization
    ) throws(ModelError) -> PackedCodes {
        let words = CodeWords(
            bitCount: quantization.bitCount, direction: quantization.method == .gptq ? .inputs : .outputs,
            isInterleaved: quantization.method == .awq)
        let count = words.codeCount
        guard outputCount.isMultiple(of: count),
            words.direction == .outputs || inputCount.isMultiple(of: count)
        else {
            throw ModelError(
                .unsupported,
                "\(directory.path): \(stem)qweight has \(outputCount) outputs and \(inputCount) inputs, multiples of "
                    + "\(count) are needed")
        }
        let groupInputCount = min(quantization.groupCount ?? inputCount, inputCount)
        let groupCount = (inputCount + groupInputCount - 1) / groupInputCount
        let codeShape =
            words.direction == .inputs
            ? [inputCount / count, outputCount] : [inputCount, outputCount / count]
        let codes = try place("\(stem)qweight", codeShape, [.i32, .u32])
        let zeros = try place("\(stem)qzeros", [groupCount, outputCount / count], [.i32, .u32])
        let scales = try place("\(stem)scales", [groupCount, outputCount], [.f16, .bf16, .f32])
        guard let scaleStorage = scales.dtype.weightStorage else {
            preconditionFailure("a scale's type was checked")
        }
        let isSymmetric = quantization.isSymmetric
        return PackedCodes(
            words: words, codes: codes.place, zeros: zeros.place, scales: scales.place,
            scaleStorage: scaleStorage,
            outputCount: outputCount, inputCount: inputCount, groupCount: groupCount,
            groupInputCount: groupInputCount, isRowGroup: quantization.groupCount == nil,
            groupIndices: try groupIndices("\(stem)g_idx", inputCount, groupCount, groupInputCount),
            zeroAddend: try isSymmetric
                ? zeroAddend(zeros.place, words, "\(stem)qzeros") : quantization.storesZerosLessOne ? 1 : 0,
            isSymmetric: isSymmetric, name: "\(directory.path): \(stem)qzeros")
    }

    private func place(
        _ name: String, _ dimensions: [Int], _ types: [DType]
    ) throws(ModelError) -> (place: PackedCodes.Place, dtype: DType) {
        guard let (file, tensor) = tensor(name) else {
            throw ModelError(
                .invalidModel, "\(directory.path): tensor \(name) of shape \(dimensions) is missing")
        }
        guard tensor.shape.dimensions == dimensions, types.contains(tensor.dtype) else {
            let allowed = types.map(\.rawValue).joined(separator: ", ")
            throw ModelError(
                .invalidModel,
                "\(file.path): tensor \(name) has shape \(tensor.shape) of \(tensor.dtype.rawValue), needed are "
                    + "\(dimensions) of \(allowed)")
        }
        return (PackedCodes.Place(file: file, range: tensor.range), tensor.dtype)
    }

    /// What a symmetric matrix's zeros are stored less by: told by the first of them, since files that say one
    /// thing and hold the other are common.
    private func zeroAddend(
        _ place: PackedCodes.Place, _ words: CodeWords, _ name: String
    ) throws(ModelError) -> Int {
        var bytes = [UInt8](repeating: 0, count: 1)
        guard !place.range.isEmpty else { return 0 }
        let first = place.range.lowerBound
        do { try place.file.read(first..<first + 1, into: &bytes, at: 0) } catch { throw ModelError(error) }
        let zero = Int(bytes[0]) & ((1 << words.bitCount) - 1)
        let middle = 1 << (words.bitCount - 1)
        guard zero == middle || zero == middle - 1 else {
            throw ModelError(
                .invalidModel,
                "\(place.file.path): \(name) begins with \(zero), a symmetric one of \(words.bitCount) bits begins "
                    + "with \(middle - 1) (version 1) or \(middle) (version 2)")
        }
        return middle - zero
    }

    /// nil where the groups are neighbouring inputs in order, as without act-order.
    private func groupIndices(
        _ name: String, _ inputCount: Int, _ groupCount: Int, _ groupInputCount: Int
    ) throws(ModelError) -> [UInt32]? {
        guard tensor(name) != nil else { return nil }
        let place = try place(name, [inputCount], [.i32, .u32]).place
        var bytes = [UInt8](repeating: 0, count: place.range.count)
        do { try place.file.read(place.range, into: &bytes, at: 0) } catch { throw ModelError(error) }
        let indices = (0..<inputCount).map { index in
            (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[4 * index + $1]) << (8 * $1) }
        }
        if let wrong = indices.first(where: { $0 >= groupCount }) {
            throw ModelError(
                .invalidModel, "\(place.file.path): \(name) holds the group \(wrong), there are \(groupCount)"
            )
        }
        let isPlain = indices.enumerated().allSatisfy { $0 / groupInputCount == Int($1) }
        return isPlain ? nil : indices
    }
}
