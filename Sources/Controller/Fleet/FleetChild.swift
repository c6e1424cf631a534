import Serving

/// Something that runs inside the fleet's task until it is done.
enum FleetChild: Sendable {
    /// The readers of one declaration.
    case readers(ReaderGroup)
    /// A consumer group's clock; ends when `removal` does.
    case consumers(ConsumerGroup, removal: AsyncStream<Never>)
}

/// Readers of one declaration, started together (data parallelism).
///
/// No actor: which of its readers still exist is the fleet's to know, and there is nothing else to protect.
struct ReaderGroup: Sendable {
    /// Replicas.
    let readers: [Reader]

    /// Runs all readers, each on its own thread; calls `onEnd` for each that has ended and returns with the last one.
    func run(onEnd: @escaping @Sendable (ReaderID) async -> Void) async {
        await withDiscardingTaskGroup { tasks in
            for reader in readers {
                tasks.addTask(executorPreference: reader.executor) {
                    await reader.run()
                    await onEnd(reader.plan.readerID)
                }
            }
        }
    }
}
