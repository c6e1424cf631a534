/// What the controller passes on a worker's command line: `--parent-pid N`.
struct WorkerArguments: Equatable {
    /// Process id of the controller.
    let parentPID: Int32

    /// Parses the arguments after `worker`; nil for anything but exactly that option.
    init?(_ arguments: [String]) {
        guard arguments.count == 2, arguments[0] == "--parent-pid", let pid = Int32(arguments[1]), pid > 0
        else { return nil }
        parentPID = pid
    }
}
