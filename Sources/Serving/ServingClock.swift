/// Time as the queue and the groups see it; tests put their own in.
package struct ServingClock: Sendable {
    /// Time since a fixed moment in the past; never goes back.
    package let now: @Sendable () -> Duration
    /// Waits; throws when the task is cancelled.
    package let sleep: @Sendable (Duration) async throws -> Void

    /// Reads `clock`, counting from this call.
    package init<Source: Clock>(_ clock: Source) where Source.Duration == Duration {
        let start = clock.now
        now = { start.duration(to: clock.now) }
        sleep = { duration in try await clock.sleep(until: clock.now.advanced(by: duration), tolerance: nil) }
    }
}
