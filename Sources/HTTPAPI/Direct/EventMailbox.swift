import NIOCore
import Serving
import Synchronization

/// Carries the events of sequences to the exchanges of one event loop, which is woken once for all that happened at
/// once.
///
/// Bound: what the exchanges' requests may have of tokens. A class because readers' threads and the loop share it.
final class EventMailbox: Sendable {
    private struct Entry {
        let exchange: NIOLoopBound<GenerateExchange>
        /// Which of the exchange's sequences it is.
        let index: Int
        let event: TokenEvent
    }

    private struct Contents {
        var entries: [Entry] = []
        /// Whether an entry is to be handed out now, and not with those to come.
        var isUrgent = false
        /// Whether the loop is about to look.
        var isWoken = false
    }

    private let loop: any EventLoop
    /// Protects what has not been looked at.
    private let contents = Mutex(Contents())

    /// The mailbox of an event loop.
    init(loop: any EventLoop) {
        self.loop = loop
    }

    /// Who takes the events of one of an exchange's sequences. Where the exchange `waitsForEnd`, all that comes before
    /// the end lies here until then, or until somebody else is in a hurry: nobody is woken for it.
    func receiver(
        _ exchange: NIOLoopBound<GenerateExchange>, index: Int, waitsForEnd: Bool
    ) -> any EventReceiver {
        Receiver(mailbox: self, exchange: exchange, index: index, waitsForEnd: waitsForEnd)
    }

    /// Lets go of what lies here for exchanges that are over.
    func sweep() {
        contents.withLock { $0.isUrgent = true }
        wake()
    }

    private func put(_ entry: Entry, isUrgent: Bool) {
        contents.withLock { contents in
            contents.entries.append(entry)
            if isUrgent { contents.isUrgent = true }
        }
    }

    private func wake() {
        let wakes = contents.withLock { contents in
            let wakes = !contents.isWoken && contents.isUrgent
            if wakes { contents.isWoken = true }
            return wakes
        }
        if wakes { loop.execute { self.handOut() } }
    }

    /// On the loop: hands out what has come.
    private func handOut() {
        let entries = contents.withLock { contents in
            defer { contents = Contents() }
            return contents.entries
        }
        for entry in entries { entry.exchange.value.take(entry.event, ofSequence: entry.index) }
        for entry in entries { entry.exchange.value.flush() }
    }

    private struct Receiver: EventReceiver {
        let mailbox: EventMailbox
        let exchange: NIOLoopBound<GenerateExchange>
        let index: Int
        let waitsForEnd: Bool

        func take(_ event: TokenEvent) {
            mailbox.put(
                Entry(exchange: exchange, index: index, event: event),
                isUrgent: !waitsForEnd || event.isClosing)
        }

        func wake() { mailbox.wake() }
    }
}

/// The mailboxes of all event loops. A class because all connections share it.
final class EventMailboxes: Sendable {
    private let mailboxes = Mutex<[ObjectIdentifier: EventMailbox]>([:])

    /// The mailbox of this loop.
    subscript(loop: any EventLoop) -> EventMailbox {
        mailboxes.withLock { mailboxes in
            if let known = mailboxes[ObjectIdentifier(loop)] { return known }
            let mailbox = EventMailbox(loop: loop)
            mailboxes[ObjectIdentifier(loop)] = mailbox
            return mailbox
        }
    }
}
