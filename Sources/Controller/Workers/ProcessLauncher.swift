import Glibc
package import Platform

/// Starts workers as processes, usually this program again as `worker --parent-pid N`, with their control sockets on
/// descriptor 3.
package struct ProcessLauncher: WorkerLaunching {
    private let executablePath: String
    private let arguments: [String]
    private let environment: [String: String]
    private let spawner: ProcessSpawner
    private let supervisor: Supervisor

    /// `executablePath` is usually /proc/self/exe and `arguments` is `worker`; `environment` is the whole of the
    /// workers' environment.
    package init(
        executablePath: String, arguments: [String], environment: [String: String], spawner: ProcessSpawner,
        supervisor: Supervisor
    ) {
        self.executablePath = executablePath
        self.arguments = arguments
        self.environment = environment
        self.spawner = spawner
        self.supervisor = supervisor
    }

    /// Starts one process a rank and has them supervised; what was started is ended again if one cannot be.
    package func launch(_ launch: WorkerLaunch) async throws(SystemError) -> any LaunchedWorkers {
        var channels: [FrameChannel] = []
        var processes: [SpawnedProcess] = []
        do throws(SystemError) {
            for _ in 0..<launch.controlPage.rankCount {
                let (channel, process) = try await start()
                channels.append(channel)
                processes.append(process)
            }
        } catch {
            // Those that were started are reaped like any other; nobody waits for news of them.
            let reader = SupervisedReader(controlPage: launch.controlPage, processes: processes) { _ in }
            supervisor.kill(supervisor.register(reader))
            throw error
        }
        let reader = SupervisedReader(
            controlPage: launch.controlPage, processes: processes, onEvent: launch.onEvent)
        return SupervisedWorkers(
            channels: channels, pids: processes.map(\.pid), id: supervisor.register(reader),
            supervisor: supervisor)
    }

    private func start() async throws(SystemError) -> (FrameChannel, SpawnedProcess) {
        let (near, far) = try SocketPair.make()
        let process = try await spawner.spawn(
            executable: executablePath, arguments: arguments + ["--parent-pid", "\(getpid())"],
            environment: environment, controlSocket: far)
        return (FrameChannel(adopting: near), process)
    }
}

/// Processes that the supervisor watches.
private struct SupervisedWorkers: LaunchedWorkers {
    let channels: [FrameChannel]
    let pids: [Int32]
    let id: SupervisionID
    let supervisor: Supervisor

    func beginServing() { supervisor.setPhase(.serving, of: id) }

    func expectExit() { supervisor.expectExit(id) }

    func kill() { supervisor.kill(id) }
}
