import Logging
import Metrics
import Serving

extension Reader {
    /// Metadata that names a request: what its client calls it, and which of its sequences it is.
    func logMetadata(of handle: SequenceHandle, _ more: Logger.Metadata) -> Logger.Metadata {
        let own: Logger.Metadata = [
            "request.id": "\(handle.requestID)", "sequence.id": "\(handle.requestID.rawValue)",
        ]
        return logMetadata(own.merging(more) { _, new in new })
    }

    /// Carries out what the scheduler decided; requests that fail are logged.
    func perform(_ actions: [SchedulerAction]) {
        for action in actions {
            if case .fail(let handle, let error) = action {
                surroundings.logger.error(
                    "request failed", metadata: logMetadata(of: handle, ["error": "\(error)"]))
            }
            action.perform()
        }
        for action in actions { action.wake() }
    }

    /// Logs which sequences had to leave their slots; they stay in this reader and are computed again.
    func logPreemptions() {
        for handle in scheduler.takePreempted() {
            surroundings.logger.debug(
                "request is preempted",
                metadata: logMetadata(of: handle, ["tokens.generated": "\(handle.timeline.tokenCount)"]))
        }
    }

    /// Gives sequences back to the queue, which fails those that have ended too many readers.
    func requeue(_ sequences: [QueuedSequence], because reason: Scheduler.EvacuationReason) async {
        surroundings.metrics.requeued.increment(by: sequences.count)
        for sequence in sequences where !sequence.handle.isCancelled {
            let metadata = logMetadata(
                of: sequence.handle,
                [
                    "reason": reason == .death ? "death" : "drain",
                    "tokens.generated": "\(sequence.generatedIDs.count)",
                ])
            if sequence.isPoison {
                surroundings.logger.error(
                    "request failed: readers died under it, the last one while it ran alone",
                    metadata: metadata)
            } else {
                sequence.handle.timeline.noteRequeued()
                surroundings.logger.log(
                    level: reason == .death ? .warning : .info, "request goes back to the queue",
                    metadata: metadata)
            }
        }
        surroundings.group.queue.requeue(sequences)
    }
}
