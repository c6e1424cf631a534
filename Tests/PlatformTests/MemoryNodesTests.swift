import Platform
import Testing

@Suite struct MemoryNodesTests {
    @Test(
        "What a thread says about its memory holds for it alone, and a node that does not exist is an error")
    func preferring() async throws {
        let node = try #require(try Machine.current().nodes.first)
        let outcome: Result<[[Int]], SystemError> = await withCheckedContinuation { reply in
            DedicatedThread.start(name: "test-nodes") {
                reply.resume(
                    returning: Result { () throws(SystemError) in
                        var said: [[Int]] = [try MemoryNodes.preferred()]
                        try MemoryNodes.prefer([node])
                        said.append(try MemoryNodes.preferred())
                        try MemoryNodes.prefer([])
                        return said + [try MemoryNodes.preferred()]
                    })
            }
        }
        switch outcome {
        case .success(let said): #expect(said == [[], [node], []])
        // A container may forbid it, which workers take for what it is.
        case .failure(let error): #expect(error.code == .call(errno: 1), "\(error)")
        }
        #expect(throws: SystemError.self) { try MemoryNodes.prefer([1023]) }
        #expect(throws: SystemError.self) { try MemoryNodes.prefer([1024]) }
        #expect(throws: SystemError.self) { try MemoryNodes.prefer([-1]) }
    }
}
