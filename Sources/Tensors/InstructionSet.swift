import CKernels

/// A set of vector instructions that kernels exist for; raw values are the names SKEIN_ISA takes.
///
/// Every set gives the same bits; the choice decides speed alone.
package enum InstructionSet: String, CaseIterable, Sendable {
    case scalar, avx2, avx512, avx512vnni, neon, dotprod

    /// The sets this build has kernels for and this CPU can run, slowest first; `scalar` is always among
    /// them.
    package static var available: [InstructionSet] { allCases.filter(\.isAvailable) }

    /// The fastest available set.
    package static var best: InstructionSet { available.last ?? .scalar }

    /// Whether this build has kernels for the set and this CPU can run them.
    package var isAvailable: Bool { unsafe sk_kernels_for(identifier) != nil }

    /// The set with this name, as SKEIN_ISA gives it; nil or an empty name chooses the best.
    package static func named(_ name: String?) throws(InstructionSetError) -> InstructionSet {
        guard let name, !name.isEmpty else { return best }
        guard let set = InstructionSet(rawValue: name) else { throw .unknown(name: name) }
        guard set.isAvailable else { throw .unavailable(set) }
        return set
    }

    var identifier: sk_isa {
        switch self {
        case .scalar: SK_ISA_SCALAR
        case .avx2: SK_ISA_AVX2
        case .avx512: SK_ISA_AVX512
        case .avx512vnni: SK_ISA_AVX512VNNI
        case .neon: SK_ISA_NEON
        case .dotprod: SK_ISA_DOTPROD
        }
    }
}

/// Why an instruction set cannot be had; the description names the value and what this machine has.
package enum InstructionSetError: Error, Equatable, CustomStringConvertible {
    case unknown(name: String)
    case unavailable(InstructionSet)

    package var description: String {
        let available = InstructionSet.available.map(\.rawValue).joined(separator: ", ")
        switch self {
        case .unknown(let name):
            let known = InstructionSet.allCases.map(\.rawValue).joined(separator: ", ")
            return "SKEIN_ISA \"\(name)\" is none of \(known); this CPU and build have \(available)"
        case .unavailable(let set):
            return "SKEIN_ISA \"\(set.rawValue)\" cannot be used: this CPU and build have \(available)"
        }
    }
}
