import Yams

/// Composes a topology file's one YAML document, and says in one sentence why it cannot.
enum YAMLDocument {
    /// The root node; an empty file is an empty mapping.
    static func compose(_ yaml: String, file: String) throws(TopologyError) -> Node {
        do {
            return try Yams.compose(yaml: yaml) ?? Node([(Node, Node)]())
        } catch let error as YamlError {
            throw topologyError(error, file: file)
        } catch {
            throw invalid("\(error)", line: nil, file: file)
        }
    }

    private static func topologyError(_ error: YamlError, file: String) -> TopologyError {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let reason = [context?.text, problem].compactMap(\.self).joined(separator: ": ")
            return invalid(reason, line: mark.line, file: file)
        case .duplicatedKeysInMapping(let duplicates, let context):
            let keys = duplicates.joined(separator: ", ")
            return invalid("a mapping has a key twice: \(keys)", line: context.mark.line, file: file)
        case .reader(let problem, _, _, _): return invalid(problem, line: nil, file: file)
        default: return invalid("\(error)", line: nil, file: file)
        }
    }

    private static func invalid(_ problem: String, line: Int?, file: String) -> TopologyError {
        var error = TopologyError(
            .invalidYAML, key: "the file", value: problem, allowed: "one YAML document, each key once")
        error.file = file
        error.line = line
        return error
    }
}
