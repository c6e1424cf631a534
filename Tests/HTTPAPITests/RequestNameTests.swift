import Foundation
import Testing

@testable import HTTPAPI

/// Names of requests that bring none.
@Suite("Request names")
struct RequestNameTests {
    @Test("names are UUIDs of version 4 in lower case")
    func form() throws {
        #expect(RequestName.name(0, 0) == "00000000-0000-4000-8000-000000000000")
        #expect(RequestName.name(.max, .max) == "ffffffff-ffff-4fff-bfff-ffffffffffff")
        #expect(
            RequestName.name(0x0123_4567_89AB_CDEF, 0x0123_4567_89AB_CDEF)
                == "01234567-89ab-4def-8123-456789abcdef")
        let name = RequestName.random()
        #expect(UUID(uuidString: name)?.uuidString.lowercased() == name)
    }

    @Test("no two names are alike")
    func unique() {
        #expect(Set((0..<1000).map { _ in RequestName.random() }).count == 1000)
    }
}
