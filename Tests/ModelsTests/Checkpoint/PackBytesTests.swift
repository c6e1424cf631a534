import Crypto
import Foundation
import Models
import Testing

/// Packs outlive the program that built them, under their layout's id. Where packing gives other bytes than before,
/// these hashes change, and `PackLayout.version` has to go up with them.
struct PackBytesTests {
    /// Fixtures/pack-bytes.json: by format, the first 16 digits of SHA-256 over the pack of tiny-llama.
    private static func expected() throws -> [String: String] {
        let file = PackedModels.fixtures.appending(path: "pack-bytes.json")
        return try JSONDecoder().decode([String: String].self, from: Data(contentsOf: file))
    }

    @Test(arguments: WeightFormat.independent)
    func aFormatsBytesAreThoseOfItsLayoutsVersion(format: WeightFormat) throws {
        let built = try BuiltPack(
            PackedModels.fixtures.appending(path: "tiny-llama"), rankCount: 1, format: format)
        #expect(PackLayout.version == 1)
        #expect(built.layout.layoutID.hasPrefix("\(format.rawValue)-\(PackLayout.version)-"))
        let hash = built.hash.prefix(8).map { String(format: "%02x", $0) }.joined()
        #expect(try Self.expected()[format.rawValue] == hash, "\(format.rawValue) is now \(hash)")
    }
}
