import Collectives
import Models
import Platform
import Tensors
import WorkerMessages

extension FailureReport {
    /// What the controller is told of an error while loading.
    init(_ error: any Error) {
        switch error {
        case let report as FailureReport: self = report
        case let error as ModelError: self.init(code: Code(error.code), message: error.message)
        case let error as InstructionSetError: self.init(code: .unsupported, message: error.description)
        case let error as ThreadTeamError: self.init(code: .system, message: error.description)
        case let error as CollectiveError: self.init(code: .system, message: error.description)
        case let error as WireError: self.init(error)
        default: self.init(code: .system, message: "\(error)")
        }
    }

    /// What the controller is told of a frame that cannot be decoded.
    init(_ error: WireError) {
        switch error {
        case .unknownSection, .unsupportedVersion:
            self.init(code: .unsupported, message: error.description)
        case .truncated, .outOfRange, .trailingBytes, .unknownCode:
            self.init(code: .malformedFrame, message: error.description)
        }
    }

    static func invalidOrder(_ message: String) -> FailureReport {
        FailureReport(code: .invalidOrder, message: message)
    }
}

extension FailureReport.Code {
    fileprivate init(_ code: ModelError.Code) {
        switch code {
        case .invalidModel: self = .invalidModel
        case .unsupported: self = .unsupported
        case .invalidOrder: self = .invalidOrder
        case .system: self = .system
        }
    }
}
