import Foundation
import Platform
import Testing

@Suite struct DescriptorLimitTests {
    @Test("The limit that binds becomes the most that is allowed")
    func raise() throws {
        let count = try DescriptorLimit.raise()
        // Max open files   <what binds>   <the most>   files
        let limits = try String(contentsOfFile: "/proc/self/limits", encoding: .utf8)
        let line = try #require(limits.split(separator: "\n").first { $0.hasPrefix("Max open files") })
        let numbers = line.split(separator: " ").compactMap { Int($0) }
        #expect(numbers == [count, count])
    }
}
