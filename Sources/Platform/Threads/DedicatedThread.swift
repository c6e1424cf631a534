import CPlatform
import Glibc

/// Starts a thread of our own, for work that blocks and so must stay off the cooperative pool.
package enum DedicatedThread {
    /// Carries the body to the new thread.
    private final class Start {
        let name: String
        let body: @Sendable () -> Void
        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }

    /// Runs `body` on a new detached thread; `name` (its first 15 bytes) is what `top -H` shows.
    package static func start(name: String, _ body: @escaping @Sendable () -> Void) {
        let start = unsafe Unmanaged.passRetained(Start(name: name, body: body))
        var thread = pthread_t()
        let result = unsafe pthread_create(
            &thread, nil,
            { context in
                guard let context = unsafe context else { return nil }
                let start = unsafe Unmanaged<Start>.fromOpaque(context).takeRetainedValue()
                unsafe skein_name_thread(start.name)
                start.body()
                return nil
            }, start.toOpaque())
        // Without threads nothing that this process is for can be done.
        guard result == 0 else {
            unsafe preconditionFailure("cannot start thread \(name): \(String(cString: strerror(result)))")
        }
        pthread_detach(thread)
    }
}
