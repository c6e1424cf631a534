/// How much memory the machine and this process's control groups have left.
package struct MachineMemory: Equatable, Sendable {
    /// Installed memory.
    package let totalByteCount: Int
    /// The kernel's MemAvailable: free, plus what it can free without swapping.
    package let machineAvailableByteCount: Int
    /// Limits of the control groups.
    package let controlGroup: ControlGroup

    /// What can be used without running into either.
    package var availableByteCount: Int {
        min(machineAvailableByteCount, controlGroup.memoryAvailableByteCount ?? Int.max)
    }

    /// Asks the kernel now.
    package static func current() throws(SystemError) -> MachineMemory {
        let text = try SystemFile.read("/proc/meminfo")
        // A control group without such a file has no such limit.
        let group = ControlGroup.current { try? SystemFile.read($0) }
        guard let memory = parse(meminfo: text, controlGroup: group) else {
            throw SystemError(.unreadable, "/proc/meminfo has no MemTotal or no MemAvailable")
        }
        return memory
    }

    /// Understands the text of /proc/meminfo; nil if a needed line is missing.
    package static func parse(meminfo text: String, controlGroup: ControlGroup) -> MachineMemory? {
        let fields = SystemFile.kilobyteFields(of: text)
        guard let total = fields.first(where: { $0.key == "MemTotal" }),
            let available = fields.first(where: { $0.key == "MemAvailable" })
        else { return nil }
        return MachineMemory(
            totalByteCount: total.byteCount, machineAvailableByteCount: available.byteCount,
            controlGroup: controlGroup)
    }
}
