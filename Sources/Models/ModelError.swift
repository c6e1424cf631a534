import Glibc
import Tensors

/// Why a model cannot be loaded.
package struct ModelError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What kind of failure; `Worker` turns it into a `FailureReport.Code`.
    package enum Code: Sendable {
        /// The model's files contradict themselves or each other.
        case invalidModel
        /// The files are sound and ask for something this build does not do.
        case unsupported
        /// What the caller says about pack or split does not fit the model.
        case invalidOrder
        /// A file could not be opened or read.
        case system
    }

    /// What kind of failure.
    package let code: Code
    /// One sentence with file, tensor or key, the value, and what is allowed.
    package let message: String

    /// Makes an error.
    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}

extension ModelError {
    /// The error of a file that could not be read.
    init(_ error: CheckpointFileError) {
        let code: Code =
            if case .failed(_, _, let number) = error, number != ENOENT { .system } else { .invalidModel }
        self.init(code, "\(error)")
    }

    /// The error of a file that is no safetensors.
    init(_ error: SafetensorsError) {
        if case .file(let cause) = error { self.init(cause) } else { self.init(.invalidModel, "\(error)") }
    }

    /// The error of a file that is no GGUF.
    init(_ error: GGUFError) {
        if case .file(let cause) = error { self.init(cause) } else { self.init(.invalidModel, "\(error)") }
    }
}
