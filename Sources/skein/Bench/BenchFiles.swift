import ArgumentParser
import Foundation
import Models

/// What benchmarks read from and leave behind for other programs.
enum BenchFiles {
    /// Writes a report as JSON and its chart as SVG, where paths are given.
    static func write(_ report: some Encodable, json: String?, chart: String, svg: String?) throws {
        try write(report, json: json)
        if let svg { try Data(chart.utf8).write(to: URL(filePath: svg)) }
    }

    /// Writes a report as JSON, where a path is given.
    static func write(_ report: some Encodable, json: String?) throws {
        guard let json else { return }
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try encoder.encode(report).write(to: URL(filePath: json))
    }

    /// The directory of a model or, where there is none, of a shape with random weights.
    static func directory(model: String?, shape: NamedShape, folder: String?) throws -> URL {
        if let model { return URL(filePath: model) }
        let url =
            folder.map { URL(filePath: $0) }
            ?? FileManager.default.temporaryDirectory.appending(path: "skein-shapes")
        return try ShapeFolder(url: url).directory(of: shape)
    }

    /// The numbers of `--concurrency`.
    static func concurrencies(_ text: String) throws -> [Int] {
        let values = text.split(separator: ",").map { Int($0) }
        guard !values.isEmpty, values.allSatisfy({ $0.map { (1...256).contains($0) } ?? false }) else {
            throw ValidationError("--concurrency \(text) is not a list of numbers from 1 to 256, such as 1,8")
        }
        return values.compactMap { $0 }
    }
}
