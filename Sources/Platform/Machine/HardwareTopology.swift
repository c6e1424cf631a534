import CHwloc

/// Asks hwloc for cores and NUMA nodes.
enum HardwareTopology {
    /// The cores that have processors in `allowed`, in logical order.
    ///
    /// hwloc itself leaves out what the cpuset forbids; `allowed` is the affinity mask.
    static func cores(allowed: Set<Int>) throws(SystemError) -> [Machine.Core] {
        var topology: hwloc_topology_t?
        guard unsafe hwloc_topology_init(&topology) == 0, let topology = unsafe topology else {
            throw SystemError(.unreadable, "hwloc cannot allocate a topology")
        }
        defer { unsafe hwloc_topology_destroy(topology) }
        guard unsafe hwloc_topology_load(topology) == 0 else {
            throw SystemError(.unreadable, "hwloc cannot read this machine's topology")
        }
        var cores = unsafe objects(HWLOC_OBJ_CORE, of: topology, allowed: allowed)
        if cores.isEmpty {
            // Some virtual machines show no cores: every processor counts as one.
            cores = unsafe objects(HWLOC_OBJ_PU, of: topology, allowed: allowed)
        }
        guard !cores.isEmpty else {
            throw SystemError(.unreadable, "hwloc finds no core among the processors \(allowed.sorted())")
        }
        return cores
    }

    @unsafe private static func objects(
        _ kind: hwloc_obj_type_t, of topology: hwloc_topology_t, allowed: Set<Int>
    ) -> [Machine.Core] {
        let count = unsafe hwloc_get_nbobjs_by_type(topology, kind)
        return (0..<max(0, count)).compactMap { index in
            guard let object = unsafe hwloc_get_obj_by_type(topology, kind, UInt32(index)) else { return nil }
            let processors = unsafe numbers(in: object.pointee.cpuset).filter(allowed.contains)
            guard !processors.isEmpty else { return nil }
            let node = unsafe numbers(in: object.pointee.nodeset).first ?? 0
            return Machine.Core(processors: processors, node: node)
        }
    }

    @unsafe private static func numbers(in bitmap: hwloc_bitmap_t?) -> [Int] {
        guard let bitmap = unsafe bitmap else { return [] }
        var numbers: [Int] = []
        var number = unsafe hwloc_bitmap_first(bitmap)
        while number >= 0 {
            numbers.append(Int(number))
            number = unsafe hwloc_bitmap_next(bitmap, number)
        }
        return numbers
    }
}
