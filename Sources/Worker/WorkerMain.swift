import Foundation
import Models
package import Platform
import Tensors
import WorkerMessages

/// A worker process from its first statement to its exit status.
package enum WorkerMain {
    /// Number of the control socket, as the controller passes it.
    static let controlDescriptor: Int32 = 3

    /// Runs a worker; `arguments` are those after `worker`.
    ///
    /// 0: told to end, or the controller is gone. 2: the order was refused, after a failure frame. 1:
    /// anything else.
    package static func run(arguments: [String]) -> Int32 {
        let log = WorkerLog()
        guard let parsed = WorkerArguments(arguments) else {
            log.write(
                .error, "worker takes --parent-pid N and is started by the controller",
                ["arguments": arguments.joined(separator: " ")])
            return 1
        }
        do { try ParentDeath.arm(parentPID: parsed.parentPID) } catch {
            log.write(.error, "worker has no controller", ["error": "\(error)"])
            return 1
        }
        let channel = FrameChannel(adopting: OwnedDescriptor(adopting: controlDescriptor))
        return serve(channel, instructionSet: ProcessInfo.processInfo.environment["SKEIN_ISA"])
    }

    /// Speaks with the controller over a channel until one of them ends; gives the exit status.
    ///
    /// `name` forces an instruction set; nil or an empty name takes the best.
    package static func serve(_ channel: FrameChannel, instructionSet name: String?) -> Int32 {
        let socket = ControlSocket(channel)
        let log = WorkerLog()
        do {
            guard let loaded = try load(socket, instructionSet: name, log: log) else { return 0 }
            do { try StepLoop(socket: socket, loaded: loaded).run() } catch {
                log.write(.error, "worker ends in a step", ["error": "\(error)"])
                return 1
            }
            return 0
        } catch {
            let report = FailureReport(error)
            log.write(
                .error, "worker refuses to load", ["code": report.code.rawValue, "error": report.message])
            // A controller that is gone needs no report; the exit status says the same.
            try? socket.send(.failure, report)
            return 2
        }
    }

    private static func load(
        _ socket: ControlSocket, instructionSet name: String?, log: WorkerLog
    ) throws -> WorkerLoading.Loaded? {
        let kernels = try Kernels(try InstructionSet.named(name))
        try socket.send(
            .hello,
            Hello(
                protocolVersion: protocolVersion, processID: ProcessInfo.processInfo.processIdentifier,
                instructionSet: kernels.instructionSet.rawValue))
        guard let frame = try socket.receive(), frame.kind != .shutdown else { return nil }
        guard frame.kind == .load else {
            throw FailureReport.invalidOrder("a frame of kind \(frame.kind) came where load was due")
        }
        return try WorkerLoading(socket: socket, kernels: kernels, log: log).run(frame)
    }
}
