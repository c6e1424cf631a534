/// Where one hierarchy of control groups is mounted and where in it this process is.
struct ControlGroupPlace: Equatable {
    enum Version { case one, two }

    let version: Version
    /// Version 1: which controllers this hierarchy has.
    let controllers: Set<String>
    /// The mount point, without a slash at the end.
    let mountPoint: String
    /// This process's group below the mount point: empty, or "/a/b".
    let path: String

    /// From the process's own group up to the mounted root: limits of each apply.
    var folders: [String] {
        var folders: [String] = []
        var rest = path
        while !rest.isEmpty {
            folders.append(mountPoint + rest)
            rest = String(rest[..<(rest.lastIndex(of: "/") ?? rest.startIndex)])
        }
        return folders + [mountPoint]
    }

    /// Understands /proc/self/cgroup and /proc/self/mountinfo together.
    static func all(membership: String, mounts: String) -> [ControlGroupPlace] {
        let mounted = mounts.split(separator: "\n").compactMap(Mount.init)
        return membership.split(separator: "\n").compactMap { line -> ControlGroupPlace? in
            // hierarchy:controllers:path; version 2 is hierarchy 0 without controllers.
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { return nil }
            let controllers = Set(parts[1].split(separator: ",").map(String.init))
            let version: Version = controllers.isEmpty ? .two : .one
            let mount = mounted.first { mount in
                version == .two
                    ? mount.kind == "cgroup2"
                    : mount.kind == "cgroup" && controllers.isSubset(of: mount.options)
            }
            guard let mount else { return nil }
            return ControlGroupPlace(
                version: version, controllers: controllers, mountPoint: mount.point,
                path: below(mount.root, String(parts[2])))
        }
    }

    /// A container's mount shows part of the hierarchy: `root` is where it begins.
    private static func below(_ root: String, _ path: String) -> String {
        if root == "/" { return path == "/" ? "" : path }
        if path == root { return "" }
        return path.hasPrefix(root + "/") ? String(path.dropFirst(root.count)) : ""
    }

    /// One line of mountinfo.
    private struct Mount {
        let root: String
        let point: String
        let kind: String
        let options: Set<String>

        init?(_ line: Substring) {
            let words = line.split(separator: " ")
            // 31 23 0:28 ROOT POINT options [optional fields] - KIND source OPTIONS
            guard let dash = words.firstIndex(of: "-"), dash >= 6, words.count > dash + 3 else { return nil }
            root = String(words[3])
            point = String(words[4])
            kind = String(words[dash + 1])
            options = Set(words[dash + 3].split(separator: ",").map(String.init))
        }
    }
}
