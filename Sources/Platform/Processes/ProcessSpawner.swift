import CPlatform
import Dispatch
import Glibc
import Synchronization

/// Starts worker processes, all from one thread that lives as long as this process.
///
/// A child asks the kernel to be killed when its parent ends, and the kernel means by that the thread that
/// started it; so the thread never ends, not even when this object goes. Make one spawner a process.
package final class ProcessSpawner: Sendable {
    private struct Order: Sendable {
        let executable: String
        let arguments: [String]
        let environment: [String]
        let controlSocket: OwnedDescriptor
        let reply: CheckedContinuation<Result<SpawnedProcess, SystemError>, Never>
    }

    /// Orders not yet taken by the thread. Its bound is the number of tasks that await `spawn`.
    private final class Orders: Sendable {
        let waiting = Mutex<[Order]>([])
        let arrivals = DispatchSemaphore(value: 0)
    }

    private let orders = Orders()

    /// Starts the thread.
    package init() {
        DedicatedThread.start(name: "skein-spawner") { [orders] in
            while true {
                orders.arrivals.wait()
                let order = orders.waiting.withLock { $0.removeFirst() }
                order.reply.resume(returning: Self.spawn(order))
            }
        }
    }

    /// Starts `executable` with standard input and output on /dev/null, standard error on a pipe,
    /// `controlSocket` as descriptor 3, no other descriptor, no signal blocked or ignored, and a process
    /// group of its own.
    ///
    /// `arguments` leave out the program's name. `environment` is the whole of it. The caller lets go of
    /// `controlSocket` afterwards: while it is open here, the other end sees no end of file.
    package func spawn(
        executable: String, arguments: [String], environment: [String: String], controlSocket: OwnedDescriptor
    ) async throws(SystemError) -> SpawnedProcess {
        let result = await withCheckedContinuation { reply in
            let order = Order(
                executable: executable, arguments: arguments,
                environment: environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" },
                controlSocket: controlSocket, reply: reply)
            orders.waiting.withLock { $0.append(order) }
            orders.arrivals.signal()
        }
        return try result.get()
    }

    private static func spawn(_ order: Order) -> Result<SpawnedProcess, SystemError> {
        do throws(SystemError) {
            let (reading, writing) = try makePipe()
            let pid = unsafe withStrings([order.executable] + order.arguments) { arguments in
                unsafe withStrings(order.environment) { environment in
                    unsafe skein_spawn(
                        order.executable, arguments, environment, order.controlSocket.rawValue,
                        writing.rawValue)
                }
            }
            withExtendedLifetime((order, writing)) {}
            _ = try SystemError.check(pid, "posix_spawn", order.executable)
            let pidfd = skein_pidfd_open(pid)
            guard pidfd >= 0 else {
                // Unwatchable, so it must not run: end it and take its remains.
                kill(-pid, SIGKILL)
                waitpid(pid, nil, 0)
                throw SystemError(call: "pidfd_open", errno: -pidfd)
            }
            return .success(
                SpawnedProcess(pid: pid, pidfd: OwnedDescriptor(adopting: pidfd), standardError: reading))
        } catch {
            return .failure(error)
        }
    }

    private static func makePipe() throws(SystemError) -> (reading: OwnedDescriptor, writing: OwnedDescriptor)
    {
        var reading: Int32 = -1
        var writing: Int32 = -1
        _ = unsafe try SystemError.check(skein_pipe(&reading, &writing), "pipe2")
        return (OwnedDescriptor(adopting: reading), OwnedDescriptor(adopting: writing))
    }

    /// Calls `body` with a null-terminated array of C strings that dies with the call.
    private static func withStrings<Value>(
        _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Value
    ) -> Value {
        var pointers = unsafe strings.map { unsafe strdup($0) } + [nil]
        defer { unsafe pointers.forEach { unsafe free($0) } }
        return unsafe pointers.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { preconditionFailure("an array with a nil is empty") }
            return unsafe body(UnsafePointer(base))
        }
    }
}
