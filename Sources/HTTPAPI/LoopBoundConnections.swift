import HummingbirdCore
import Logging
import NIOCore
import Platform

/// Connections whose requests are answered on the threads that read and write them.
///
/// A task that waits, as one does a few times a request, otherwise goes on in the cooperative pool: each time a thread is
/// woken, and another one to write the answer, which costs more than all that a short request computes. What takes long
/// (a long prompt's tokenization, a model's files) has threads of its own already, so that it holds up no connection.
struct LoopBoundConnections: ServerChildChannel {
    private let connections: HTTP1Channel

    /// Binds these connections.
    init(_ connections: HTTP1Channel) {
        self.connections = connections
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
        connections.setup(channel: channel, logger: logger)
    }

    func handle(value connection: HTTP1Channel.Value, logger: Logger) async {
        let loop = connection.channel.eventLoop
        await withTaskExecutorPreference(ForwardingTaskExecutor { job in loop.execute(job) }) {
            await connections.handle(value: connection, logger: logger)
        }
    }
}
