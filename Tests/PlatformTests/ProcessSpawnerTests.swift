import CPlatform
import Foundation
import Platform
import Testing

@Suite(.timeLimit(.minutes(5))) struct ProcessSpawnerTests {
    private let spawner = ProcessSpawner()

    /// Starts a shell whose descriptor 3 is the returned channel's other end.
    private func shell(
        _ script: String, environment: [String: String] = ["PATH": "/usr/bin:/bin"]
    ) async throws -> (SpawnedProcess, OwnedDescriptor) {
        let (near, far) = try SocketPair.make()
        let process = try await spawner.spawn(
            executable: "/bin/sh", arguments: ["-c", script], environment: environment, controlSocket: far)
        return (process, near)
    }

    /// Everything that comes until the end.
    private func readAll(_ descriptor: OwnedDescriptor) throws -> String {
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 1024)
        while try descriptor.pollReadable(timeoutMilliseconds: 30_000) {
            let count = unsafe read(descriptor.rawValue, &part, part.count)
            if count <= 0 { break }
            bytes.append(contentsOf: part.prefix(count))
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func awaitExit(_ process: SpawnedProcess) throws -> ProcessExit? {
        #expect(try process.pidfd.pollReadable(timeoutMilliseconds: 30_000))
        return try process.reap()
    }

    @Test("A child has descriptors 0 to 3 and no other, whatever is open here")
    func descriptors() async throws {
        let (near, far) = try SocketPair.make()
        // Inheritable copies, as a careless library would leave them.
        let copies = [dup(near.rawValue), dup(near.rawValue), dup(far.rawValue)]
        defer { for copy in copies { close(copy) } }
        let (process, channel) = try await shell("exec ls /proc/self/fd >&2")
        // 4 is the folder that ls itself reads.
        #expect(try readAll(process.standardError).split(separator: "\n") == ["0", "1", "2", "3", "4"])
        #expect(try readAll(channel).isEmpty)
        #expect(try awaitExit(process) == .exited(code: 0))
    }

    @Test("Standard input and output are /dev/null, standard error is the pipe")
    func standardDescriptors() async throws {
        let process = try await shell(
            """
            echo lost
            [ /proc/self/fd/0 -ef /dev/null ] && [ /proc/self/fd/1 -ef /dev/null ] && echo null >&2
            exit 0
            """
        ).0
        #expect(try readAll(process.standardError) == "null\n")
        #expect(try awaitExit(process) == .exited(code: 0))
    }

    @Test("A child leads a process group of its own, with no signal blocked or ignored")
    func signals() async throws {
        signal(SIGUSR2, SIG_IGN)
        let (process, channel) = try await shell("echo ready >&3; read line <&3; exit 0")
        #expect(getpgid(process.pid) == process.pid)
        #expect(try channel.pollReadable(timeoutMilliseconds: 30_000))
        let text = try String(contentsOfFile: "/proc/\(process.pid)/status", encoding: .ascii)
        let lines = text.split(separator: "\n")
        #expect(lines.contains("SigBlk:\t0000000000000000"))
        let ignored = try #require(lines.first { $0.hasPrefix("SigIgn:\t") }).dropFirst(8)
        // glibc itself makes children ignore its two internal signals, 32 and 33.
        #expect(try #require(UInt64(ignored, radix: 16)) & ~0x1_8000_0000 == 0)
        process.killGroup()
        #expect(try awaitExit(process) == .killed(signal: SIGKILL))
    }

    @Test("Arguments and environment arrive as they are, and nothing else does")
    func arguments() async throws {
        let (near, far) = try SocketPair.make()
        let process = try await spawner.spawn(
            executable: "/usr/bin/env",
            arguments: ["sh", "-c", "echo \"$A|$1|$HOME\" >&3", "-", "two words"],
            environment: ["A": "x=y z", "PATH": "/usr/bin:/bin"], controlSocket: far)
        withExtendedLifetime(far) {}
        var bytes = [UInt8](repeating: 0, count: 100)
        #expect(try near.pollReadable(timeoutMilliseconds: 30_000))
        let count = unsafe read(near.rawValue, &bytes, bytes.count)
        #expect(String(decoding: bytes.prefix(max(0, count)), as: UTF8.self) == "x=y z|two words|\n")
        #expect(try awaitExit(process) == .exited(code: 0))
    }

    @Test("A program that is not there is an error that names it")
    func missing() async throws {
        let far = try SocketPair.make().1
        let error = await #expect(throws: SystemError.self) {
            try await spawner.spawn(
                executable: "/nowhere/skein", arguments: [], environment: [:], controlSocket: far)
        }
        #expect(error?.code == .call(errno: ENOENT))
        #expect(error?.description.contains("/nowhere/skein") == true)
    }

    @Test("A worker dies with the process that started it")
    func parentDeath() async throws {
        let (process, channel) = try await ChildRole.start(.spawner, by: spawner)
        let payload = try #require(try channel.nextPayload())
        let worker = try #require(Int32(String(decoding: payload, as: UTF8.self)))
        let watch = OwnedDescriptor(adopting: skein_pidfd_open(worker))
        #expect(try !watch.pollReadable(timeoutMilliseconds: 0))
        // Only the spawner: the worker has a group of its own.
        kill(process.pid, SIGKILL)
        #expect(try awaitExit(process) == .killed(signal: SIGKILL))
        #expect(try watch.pollReadable(timeoutMilliseconds: 30_000))
    }

    @Test("Arming with another parent's pid says that the parent is gone")
    func wrongParent() async throws {
        let error = #expect(throws: SystemError.self) { try ParentDeath.check(parentPID: getppid() + 1) }
        #expect(error?.code == .parentGone)
        try ParentDeath.check(parentPID: getppid())
    }
}
