/// Where a setting's value comes from, most decisive first.
package enum Origin: Equatable, Sendable, CustomStringConvertible {
    /// A command-line flag, such as `--port`.
    case flag(String)
    /// An environment variable, such as `SKEIN_PORT`.
    case environment(String)
    /// A line of the topology file, counted from 1.
    case file(line: Int)
    /// The body of POST /reader.
    case request
    /// What the consumer group's readers already serve.
    case consumerGroup(String)
    /// `Defaults`.
    case `default`

    package var description: String {
        switch self {
        case .flag(let name): "flag \(name)"
        case .environment(let name): "environment \(name)"
        case .file(let line): "line \(line)"
        case .request: "request"
        case .consumerGroup(let name): "consumer group \(name)"
        case .default: "default"
        }
    }
}

/// A value and where it comes from.
package struct Setting<Value: Equatable & Sendable>: Equatable, Sendable {
    /// What holds.
    package var value: Value
    /// Who said so.
    package var origin: Origin

    /// Makes a setting.
    package init(_ value: Value, _ origin: Origin) {
        self.value = value
        self.origin = origin
    }
}
