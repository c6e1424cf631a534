import Foundation
import Platform
import Testing

/// What this test program does when a test has started it as a child: the `role` tests below.
///
/// Real workers are started from /proc/self/exe; so are these, with the role in the environment.
enum ChildRole: String {
    case spawner
    case worker

    static let variable = "SKEIN_TEST_ROLE"
    static let parentVariable = "SKEIN_TEST_PARENT"

    /// The role this process was started for, if it is a child.
    static var current: ChildRole? {
        ProcessInfo.processInfo.environment[variable].flatMap(ChildRole.init)
    }

    /// Starts this program again in a role. The caller keeps the returned channel.
    static func start(_ role: ChildRole, by spawner: ProcessSpawner) async throws -> (
        SpawnedProcess, FrameChannel
    ) {
        let (near, far) = try SocketPair.make()
        var environment = ProcessInfo.processInfo.environment
        environment[variable] = role.rawValue
        environment[parentVariable] = String(getpid())
        let process = try await spawner.spawn(
            executable: "/proc/self/exe",
            arguments: ["--testing-library", "swift-testing", "--filter", "ChildRoleTests"],
            environment: environment, controlSocket: far)
        return (process, FrameChannel(adopting: near))
    }

    /// Arms parent death as a worker does and opens the channel on descriptor 3.
    static func openChannel() throws -> FrameChannel {
        let parent = ProcessInfo.processInfo.environment[parentVariable].flatMap { Int32($0) }
        try ParentDeath.arm(parentPID: #require(parent))
        return FrameChannel(adopting: OwnedDescriptor(adopting: 3))
    }
}

extension FrameChannel {
    /// The payload of the next frame, nil at the end.
    func nextPayload() throws -> [UInt8]? {
        var buffer: [UInt8] = []
        var descriptors: [OwnedDescriptor] = []
        let frame = try receive(into: &buffer, descriptors: &descriptors)
        return frame.map { Array(buffer.prefix($0.byteCount)) }
    }
}

@Suite(.enabled(if: ChildRole.current != nil)) struct ChildRoleTests {
    @Test(
        "role: starts a worker, reports its pid, then waits to be killed",
        .enabled(if: ChildRole.current == .spawner))
    func spawner() async throws {
        let channel = try ChildRole.openChannel()
        let (process, workerChannel) = try await ChildRole.start(.worker, by: ProcessSpawner())
        #expect(try workerChannel.nextPayload() == Array("armed".utf8))
        try channel.send(kind: 1, payload: Array(String(process.pid).utf8))
        _ = try channel.nextPayload()
    }

    @Test(
        "role: arms parent death, says so, then waits without reading",
        .enabled(if: ChildRole.current == .worker))
    func worker() throws {
        let channel = try ChildRole.openChannel()
        try channel.send(kind: 1, payload: Array("armed".utf8))
        // Not the end of file on descriptor 3 may end it: only the kernel.
        while true { pause() }
    }
}
