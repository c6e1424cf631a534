import Foundation
import Tensors
import Testing

@Suite struct InstructionSetTests {
    @Test func `the plain set is always there and the best is the last`() throws {
        #expect(InstructionSet.available.first == .scalar)
        #expect(InstructionSet.best == InstructionSet.available.last)
        #expect(try InstructionSet.named(nil) == .best)
        #expect(try InstructionSet.named("") == .best)
    }

    @Test(arguments: InstructionSet.allCases)
    func `a name gives its set or says that it cannot be had`(set: InstructionSet) throws {
        if set.isAvailable {
            #expect(try InstructionSet.named(set.rawValue) == set)
            #expect(try Kernels(set).instructionSet == set)
        } else {
            #expect(throws: InstructionSetError.unavailable(set)) { try InstructionSet.named(set.rawValue) }
            #expect(throws: InstructionSetError.unavailable(set)) { try Kernels(set) }
            let message = InstructionSetError.unavailable(set).description
            #expect(message.contains("\"\(set.rawValue)\"") && message.contains("scalar"))
        }
    }

    @Test func `an unknown name is refused with the known ones`() {
        #expect(throws: InstructionSetError.unknown(name: "sse9")) { try InstructionSet.named("sse9") }
        let message = InstructionSetError.unknown(name: "sse9").description
        for name in ["\"sse9\"", "scalar", "avx2", "avx512", "avx512vnni", "neon", "dotprod"] {
            #expect(message.contains(name))
        }
    }
}

/// The object files of CKernels in the build that this test belongs to.
enum KernelObjects {
    static let nm = "/usr/bin/nm"

    static func files() -> [URL] {
        let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let folder = package.appending(path: ".build/release/CKernels.build")
        let paths = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
        return (paths?.allObjects as? [URL] ?? []).filter { $0.pathExtension == "o" }
    }

    static var canBeListed: Bool {
        let can = FileManager.default.isExecutableFile(atPath: nm) && !files().isEmpty
        if !can { print("SKIPPED: no nm or no object files of CKernels in .build/release") }
        return can
    }

    /// The undefined symbols of one object file.
    static func undefinedSymbols(of file: URL) throws -> Set<String> {
        let process = Process(), pipe = Pipe()
        process.executableURL = URL(filePath: nm)
        process.arguments = ["-u", file.path]
        process.standardOutput = pipe
        try process.run()
        let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        let lines = String(decoding: output, as: UTF8.self).split(separator: "\n")
        return Set(lines.compactMap { $0.split(separator: " ").last.map(String.init) })
    }
}

@Suite struct KernelSymbolTests {
    @Test(.enabled(if: KernelObjects.canBeListed))
    func `kernels use nothing of the C library but fma and memory copies`() throws {
        // getauxval tells on AArch64 which instruction sets there are.
        let allowed: Set = [
            "fma", "fmaf", "memcpy", "memset", "memmove", "getauxval", "_GLOBAL_OFFSET_TABLE_",
        ]
        var seen: Set<String> = []
        for file in KernelObjects.files() {
            let symbols = try KernelObjects.undefinedSymbols(of: file).filter { !$0.hasPrefix("sk_") }
            #expect(symbols.isSubset(of: allowed), "\(file.lastPathComponent): \(symbols.sorted())")
            seen.formUnion(symbols)
        }
        // Some kernels do copy memory, so the listing works.
        #expect(seen.contains("memcpy"))
    }
}
