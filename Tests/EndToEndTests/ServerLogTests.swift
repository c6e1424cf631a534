import Foundation
import Testing

@Suite("The server's log", .timeLimit(.minutes(5)))
struct ServerLogTests {
    @Test("A log that cannot be written costs its lines, not the server")
    func fullDisk() async throws {
        let server = try await ServerProcess.start(
            ["--model", Fixture.llama.directory, "--log-level", "debug"], logPath: "/dev/full")
        #expect(try await HTTPCalls.get(server.inference + "/healthz").status == 200)
        #expect(await server.end() == 0)
    }

    @Test("A log that nobody reads costs its lines, not the server")
    func fullPipe() async throws {
        let name = "skein-log-\(UUID().uuidString)"
        let path = FileManager.default.temporaryDirectory.appending(path: name).path
        let made = unsafe mkfifo(path, 0o600)
        #expect(made == 0)
        defer { try? FileManager.default.removeItem(atPath: path) }
        // Held open at both ends and never read: full after 64 KiB.
        let reader = try #require(FileHandle(forUpdatingAtPath: path))
        defer { try? reader.close() }
        let server = try await ServerProcess.start(
            ["--model", Fixture.llama.directory, "--log-level", "trace"], logPath: path)
        for _ in 0..<8 {
            let answer = try await HTTPCalls.post(
                server.inference + "/generate",
                ["text": "a", "max_new_tokens": 100, "min_new_tokens": 100])
            #expect(answer.status == 200)
        }
        #expect(await server.end() == 0)
        var waiting: Int32 = 0
        let asked = unsafe ioctl(reader.fileDescriptor, UInt(FIONREAD), &waiting)
        #expect(asked == 0)
        #expect(waiting > 60 << 10, "the log was to be longer than its pipe")
    }
}
