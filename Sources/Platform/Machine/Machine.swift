/// The part of the machine that this process may use, as it was when asked.
package struct Machine: Equatable, Sendable {
    /// A core: the unit on which one thread computes.
    package struct Core: Equatable, Sendable {
        /// The operating system's numbers of its hardware threads, ascending; pin to the first.
        package let processors: [Int]
        /// The operating system's number of its NUMA node.
        package let node: Int

        /// Makes a core.
        package init(processors: [Int], node: Int) {
            self.processors = processors
            self.node = node
        }
    }

    /// Cores with at least one usable processor, in the order of the topology: neighbours share caches.
    package let cores: [Core]
    /// Processors' worth of time a second by the control group's quota; nil: no quota.
    package let processorQuota: Double?
    /// Memory, when asked.
    package let memory: MachineMemory

    /// Makes a machine by hand, for tests and for plans for another machine.
    package init(cores: [Core], processorQuota: Double?, memory: MachineMemory) {
        self.cores = cores
        self.processorQuota = processorQuota
        self.memory = memory
    }

    /// Asks hwloc and the kernel about this machine.
    package static func current() throws(SystemError) -> Machine {
        let memory = try MachineMemory.current()
        let allowed = Set(try ThreadAffinity.current())
        let cores = try HardwareTopology.cores(allowed: allowed)
        return Machine(cores: cores, processorQuota: memory.controlGroup.processorQuota, memory: memory)
    }

    /// How many threads can run at once: hardware threads in the affinity mask and cpuset, at most the quota
    /// rounded up.
    package var usableProcessorCount: Int {
        let allowed = cores.reduce(0) { $0 + $1.processors.count }
        guard let quota = processorQuota else { return allowed }
        return max(1, min(allowed, Int(quota.rounded(.up))))
    }

    /// How many cores are worth a computing thread each.
    package var usableCoreCount: Int {
        min(cores.count, usableProcessorCount)
    }

    /// The NUMA nodes that have usable cores, ascending.
    package var nodes: [Int] {
        Array(Set(cores.map(\.node))).sorted()
    }
}
