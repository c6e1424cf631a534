/// When a consumer group's readers take how many of its sequences (docs/BATCHING.md).
package enum Batching: String, Sendable, CaseIterable {
    /// Whatever there is room for, at every step.
    case continuous
    /// A whole batch, and the next one when it is done.
    case `static`
    /// When a minimum waits, or a time window is over.
    case window
    /// The size follows the arrival rate.
    case adaptive
    /// The size shrinks as the machine is pressed.
    case load
    /// Surges are expected to be like earlier ones.
    case predictive
    /// Places are kept free for urgent sequences.
    case priority
    /// Arrival rate, pressure and urgency together.
    case hybrid

    /// The keys that say more about it.
    package var keys: [BatchingKey] {
        switch self {
        case .continuous: []
        case .static, .adaptive, .predictive: [.window, .maxBatch]
        case .window: [.window, .minBatch, .maxBatch]
        case .load: [.minBatch, .maxBatch, .lowPressure, .highPressure]
        case .priority: [.urgentPriority, .reservedSlots]
        case .hybrid: [.window, .minBatch, .maxBatch, .urgentPriority, .lowPressure, .highPressure]
        }
    }
}

/// What a file says about a batching policy; each policy has some of these.
package enum BatchingKey: String, Sendable, CaseIterable {
    case window = "batch_window"
    case minBatch = "min_batch"
    case maxBatch = "max_batch"
    case urgentPriority = "urgent_priority"
    case reservedSlots = "reserved_slots"
    case lowPressure = "low_pressure"
    case highPressure = "high_pressure"

    /// The policies that have it.
    var policies: [Batching] { Batching.allCases.filter { $0.keys.contains(self) } }
}

/// A consumer group's batching, resolved. What does not belong to the mode has its default and no effect.
package struct BatchingDeclaration: Equatable, Sendable {
    /// The policy.
    package var mode: Setting<Batching>
    /// The longest time for which a sequence waits for others.
    package var window: Setting<Duration>
    /// Sequences that need not wait for others (`window`), or that a reader always may hold.
    package var minBatch: Setting<Int>
    /// Sequences a reader holds at most; nil is its own max_batch_size.
    package var maxBatch: Setting<Int?>
    /// The least urgent priority that counts as urgent.
    package var urgentPriority: Setting<Int>
    /// Places of each reader that only urgent sequences take.
    package var reservedSlots: Setting<Int>
    /// Percent of pressure at which batches begin to shrink.
    package var lowPressure: Setting<Int>
    /// Percent of pressure at which they are at their smallest.
    package var highPressure: Setting<Int>

    /// A mode with the defaults of its keys.
    package init(_ mode: Setting<Batching>) {
        self.mode = mode
        window = Setting(Defaults.batchWindow(of: mode.value), .default)
        minBatch = Setting(Defaults.minBatch(of: mode.value), .default)
        maxBatch = Setting(nil, .default)
        urgentPriority = Setting(Defaults.urgentPriority, .default)
        reservedSlots = Setting(Defaults.reservedSlots, .default)
        lowPressure = Setting(Defaults.lowPressure, .default)
        highPressure = Setting(Defaults.highPressure, .default)
    }
}
