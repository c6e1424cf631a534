/// Which words a setting is written in.
enum Dialect: Sendable {
    /// This project's own.
    case skein
    /// Takeoff's configuration file and variables.
    case takeoff
}

/// What became of a setting's text.
enum Reading<Value> {
    case value(Value)
    /// Legal, and means "not given".
    case unset
    case invalid
}

/// What one setting is called in files, flags and variables, and which values it takes.
struct Rule<Value: Equatable & Sendable>: Sendable {
    /// Its key in our files; SKEIN_ and this in capitals is its variable.
    let key: String
    /// Its key in Takeoff's files; TAKEOFF_ and this in capitals is its variable. nil: Takeoff has none.
    var takeoffKey: String?
    /// Its command-line flag, for messages.
    let flag: String
    /// What may stand there, for messages.
    let allowed: String
    /// Whether a number must stand there without quotes.
    var isNumber = false
    /// Reads the text; nil is an illegal one.
    let parse: @Sendable (String) -> Value?
    /// Reads Takeoff's text where that differs.
    var parseTakeoff: (@Sendable (String) -> Reading<Value>)?
    /// What may stand in Takeoff's, where that differs.
    var allowedTakeoff: String?
    /// Whether a value is within its bounds.
    var accepts: @Sendable (Value) -> Bool = { _ in true }
    /// How a value is written.
    var text: @Sendable (Value) -> String = { "\($0)" }

    init(
        _ key: String, takeoffKey: String? = nil, flag: String? = nil, allowed: String,
        parse: @escaping @Sendable (String) -> Value?
    ) {
        self.key = key
        self.takeoffKey = takeoffKey
        self.flag = flag ?? "--" + key.replacing("_", with: "-")
        self.allowed = allowed
        self.parse = parse
    }

    func key(in dialect: Dialect) -> String? { dialect == .skein ? key : takeoffKey }

    /// The variable's name.
    func variable(in dialect: Dialect) -> String? {
        key(in: dialect).map { (dialect == .skein ? "SKEIN_" : "TAKEOFF_") + $0.uppercased() }
    }

    func allowed(in dialect: Dialect) -> String {
        dialect == .skein ? allowed : allowedTakeoff ?? allowed
    }

    /// Reads and checks a text that stands at `place`, a key's path or a variable's name.
    func read(_ text: String, _ dialect: Dialect, at place: String) throws(TopologyError) -> Value? {
        let reading: Reading<Value>
        if dialect == .takeoff, let parseTakeoff {
            reading = parseTakeoff(text)
        } else {
            reading = parse(text).map { .value($0) } ?? .invalid
        }
        switch reading {
        case .unset: return nil
        case .value(let value):
            try check(value, text: text, dialect, at: place)
            return value
        case .invalid:
            throw TopologyError(
                .invalidValue, key: place, value: text.isEmpty ? "empty" : text, allowed: allowed(in: dialect)
            )
        }
    }

    /// Checks a value that needed no reading, such as a flag's.
    func check(
        _ value: Value, text shown: String? = nil, _ dialect: Dialect = .skein, at place: String
    ) throws(TopologyError) {
        let written = shown ?? text(value)
        let shown = written.isEmpty ? "empty" : written
        guard accepts(value) else {
            throw TopologyError(.invalidValue, key: place, value: shown, allowed: allowed(in: dialect))
        }
    }
}
