import Synchronization

/// A reader's place at its consumer group's queue, where it leaves word how many sequences it could take.
///
/// A class because it is shared: the reader writes between steps, the queue reads when another reader asks.
package final class ReaderSeat: Sendable {
    /// The reader's name.
    package let readerID: String
    private let room = Atomic(0)

    /// The seat of a reader that takes nothing yet.
    package init(readerID: String) {
        self.readerID = readerID
    }

    /// Sequences it could take; 0 while it is full or takes none.
    package var freeCount: Int {
        get { room.load(ordering: .relaxed) }
        set { room.store(newValue, ordering: .relaxed) }
    }
}
