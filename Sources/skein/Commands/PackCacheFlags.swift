import ArgumentParser
import Topology

/// The flags about packs that outlive the process, which serve, plan, generate and the benchmarks share.
struct PackCacheFlags: ParsableArguments {
    @Option(help: "Where packs are kept for later starts: on (~/.cache/skein), off or a directory.")
    var packCache: String?

    @Option(help: "Bytes of all packs kept, such as 8GiB; the least recently used go first.")
    var packCacheLimit: String?

    /// The flags as the topology takes them, added to others.
    func added(to overrides: ServerOverrides = ServerOverrides()) -> ServerOverrides {
        var overrides = overrides
        overrides.packCache = packCache
        overrides.packCacheLimit = packCacheLimit
        return overrides
    }
}
