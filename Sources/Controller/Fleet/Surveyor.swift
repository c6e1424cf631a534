import Foundation
import Platform
import Tokenization
import WorkerMessages

/// Looks at models' files and at memory on a thread of its own: both block on files.
actor Surveyor {
    /// A model's directory or GGUF file, read.
    struct Model: Sendable {
        /// Its real path.
        var directory: String
        /// What its files say.
        var summary: ModelSummary
        /// Its tokenizer.
        var tokenizer: Tokenizer
    }

    nonisolated let executor = ThreadExecutor(name: "skein-survey")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.unowned }
    private let inspector: any ModelInspecting
    private let availableByteCount: @Sendable () throws -> Int

    /// Makes a surveyor; `stop` its executor when it is no longer needed.
    init(inspector: any ModelInspecting, availableByteCount: @escaping @Sendable () throws -> Int) {
        self.inspector = inspector
        self.availableByteCount = availableByteCount
    }

    /// Reads a model's headers and tokenizer. With `roots`, the directory must lie where they allow it.
    func read(
        _ inspection: ModelInspection, within roots: [URL]?, beside served: Set<String>
    ) throws(ControllerError) -> Model {
        let directory = inspection.directory.resolvingSymlinksInPath().path
        if let roots {
            let real = roots.map { $0.resolvingSymlinksInPath().path }
            guard ModelRoots(roots: real).allow(directory, beside: served) else {
                throw .pathOutsideRoots(directory: directory, roots: real)
            }
        }
        do {
            var summary = try inspector.inspect(inspection)
            let tokenizer = try Tokenizer(of: inspection.directory, summary.tokenizerMetadata)
            // As large as the vocabulary, and needed no more.
            summary.tokenizerMetadata = nil
            return Model(directory: directory, summary: summary, tokenizer: tokenizer)
        } catch {
            throw .invalidModel(directory: directory, reason: "\(error)")
        }
    }

    /// What the system and the readers' processes hold; a process that is gone holds nothing.
    func readMemory(pids: [ReaderID: [Int32]], sealedPacks: Set<PackKey>) throws -> MemoryLedger.Reading {
        let touched = pids.mapValues { pids in
            pids.reduce(0) { sum, pid in
                sum + ((try? ProcessMemory.proportional(pid: pid))?.anonymousByteCount ?? 0)
            }
        }
        return MemoryLedger.Reading(
            availableByteCount: try availableByteCount(), touched: touched, sealedPacks: sealedPacks)
    }
}
