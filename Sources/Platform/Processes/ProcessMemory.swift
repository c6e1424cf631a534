/// How much memory a process uses, with shared pages counted in proportion to their users.
package struct ProcessMemory: Equatable, Sendable {
    /// Proportional set size: the sum over all processes is the memory really in use.
    package var proportionalByteCount = 0
    /// Resident pages, shared ones counted in full.
    package var residentByteCount = 0
    /// The part of the proportional size that is anonymous: heap, stacks, KV cache.
    package var anonymousByteCount = 0
    /// The part of the proportional size that is shared memory: packs, control pages, gather buffers.
    package var sharedByteCount = 0
    /// The part of the proportional size that is mapped files: the program itself.
    package var fileByteCount = 0

    /// No memory.
    package init() {}

    /// Reads /proc/<pid>/smaps_rollup.
    package static func proportional(pid: Int32) throws(SystemError) -> ProcessMemory {
        let path = "/proc/\(pid)/smaps_rollup"
        guard let memory = parse(smapsRollup: try SystemFile.read(path)) else {
            throw SystemError(.unreadable, "\(path) has no line Pss:")
        }
        return memory
    }

    /// Understands the text of smaps_rollup; nil if it has no Pss line.
    package static func parse(smapsRollup text: String) -> ProcessMemory? {
        var memory = ProcessMemory()
        var isFound = false
        for (key, value) in SystemFile.kilobyteFields(of: text) {
            switch key {
            case "Pss":
                memory.proportionalByteCount = value
                isFound = true
            case "Rss": memory.residentByteCount = value
            case "Pss_Anon": memory.anonymousByteCount = value
            case "Pss_Shmem": memory.sharedByteCount = value
            case "Pss_File": memory.fileByteCount = value
            default: break
            }
        }
        return isFound ? memory : nil
    }
}
