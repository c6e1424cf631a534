import CPlatform

/// How many descriptors this process may have open.
package enum DescriptorLimit {
    /// Raises it to the most that is allowed, and returns that: what a shell sets by default, 1024, is less
    /// than a few hundred clients and workers need, and a worker that cannot be started again for want of a
    /// descriptor is a reader lost.
    @discardableResult
    package static func raise() throws(SystemError) -> Int {
        Int(try SystemError.check(skein_raise_descriptor_limit(), "setrlimit(RLIMIT_NOFILE)"))
    }
}
