import CPlatform

/// On which NUMA nodes a thread's new pages lie: private ones and those of shared memory alike.
package enum MemoryNodes {
    /// Says where pages go that the calling thread, and threads that it starts from now on, touch first: to one
    /// node as long as it has room, page by page in turn to several, or with none to wherever the thread runs.
    ///
    /// Containers often forbid it.
    package static func prefer(_ nodes: [Int]) throws(SystemError) {
        let numbers = nodes.map { Int32(clamping: $0) }
        _ = unsafe try SystemError.check(
            skein_set_memory_nodes(numbers, numbers.count), "set_mempolicy", "to nodes \(nodes)")
    }

    /// What was said last by the calling thread, ascending.
    package static func preferred() throws(SystemError) -> [Int] {
        var numbers = [Int32](repeating: 0, count: Int(SKEIN_MEMORY_NODES_MAX))
        let count = unsafe try SystemError.check(
            skein_get_memory_nodes(&numbers, numbers.count), "get_mempolicy")
        return numbers.prefix(Int(count)).map(Int.init)
    }
}
