import Glibc

/// A file descriptor that is closed when its last owner lets go of it.
///
/// A class because a descriptor has an identity and several owners: a channel, a mapping, a supervisor.
package final class OwnedDescriptor: Sendable {
    /// The number to pass to system calls; valid while this object lives.
    package let rawValue: Int32

    /// Takes over an open descriptor that nobody else closes.
    package init(adopting rawValue: Int32) {
        precondition(rawValue >= 0, "descriptor \(rawValue) is negative")
        self.rawValue = rawValue
    }

    deinit {
        close(rawValue)
    }

    /// Waits until the descriptor is readable (or its other end is gone), at most `timeoutMilliseconds`.
    ///
    /// A negative timeout waits without end. False: nothing came in time.
    package func pollReadable(timeoutMilliseconds: Int32) throws(SystemError) -> Bool {
        var entry = pollfd(fd: rawValue, events: Int16(POLLIN), revents: 0)
        while true {
            let ready = unsafe Glibc.poll(&entry, 1, timeoutMilliseconds)
            if ready >= 0 { return ready > 0 }
            if errno != EINTR { throw SystemError(call: "poll", errno: errno) }
        }
    }
}
