import Glibc

/// Makes connected unix stream sockets.
package enum SocketPair {
    /// Two connected sockets, close-on-exec and blocking; what is passed on to a child goes by descriptor.
    package static func make() throws(SystemError) -> (OwnedDescriptor, OwnedDescriptor) {
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard unsafe socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
            throw SystemError(call: "socketpair", errno: errno)
        }
        return (OwnedDescriptor(adopting: ends[0]), OwnedDescriptor(adopting: ends[1]))
    }
}
