import Testing

@Suite("The server's log", .timeLimit(.minutes(1)))
struct ServerLogTests {
    @Test("A log that cannot be written costs its lines, not the server")
    func fullDisk() async throws {
        let server = try await ServerProcess.start(
            ["--model", Fixture.llama.directory, "--log-level", "debug"], logPath: "/dev/full")
        #expect(try await HTTPCalls.get(server.inference + "/healthz").status == 200)
        #expect(await server.end() == 0)
    }
}
