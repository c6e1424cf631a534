import NIOCore

/// Limits of the HTTP servers that nobody sets; those an operator sets are in `HTTPSettings`.
enum HTTPLimits {
    /// Open connections of one port; more wait in the backlog.
    static let connectionCountMax = 4096
    /// A connection without a request for this long is closed.
    static let idleTimeout = TimeAmount.seconds(180)
    /// Pause between comments on a stream on which nothing else is written.
    static let keepAlivePause = TimeAmount.seconds(15)
    /// Longest time `/healthz?wait=` waits.
    static let healthWaitMax = Duration.seconds(300)
    /// Pause between two looks at the fleet while `/healthz?wait=` waits.
    static let healthPause = Duration.milliseconds(100)
}
