import Controller
import Foundation
import HTTPAPI
import Synchronization
import Topology

/// A controller without readers: answers what the test put in, and remembers what was asked of it.
final class FakeService: InferenceService {
    struct State {
        var groups: [String: ServedGroup] = [:]
        var snapshot = FleetSnapshot(groups: [], packByteCount: 0, isDraining: false)
        var configurations: [String: Data] = [:]
        /// What the next `addReader` throws.
        var refusal: ControllerError?
        var added: [ReaderDeclaration] = []
        var removed: [ReaderID] = []
        var snapshotCount = 0
        /// Taken as the snapshot once it was asked for that often.
        var laterSnapshot: (after: Int, FleetSnapshot)?
    }

    let state: Mutex<State>

    init(_ state: State = State()) {
        self.state = Mutex(state)
    }

    func servedGroup(named name: String) -> ServedGroup? {
        state.withLock { $0.groups[name] }
    }

    var groupNames: [String] { state.withLock { $0.snapshot.groups.map(\.name) } }

    func snapshot() async -> FleetSnapshot {
        state.withLock { state in
            state.snapshotCount += 1
            if let later = state.laterSnapshot, state.snapshotCount > later.after { return later.1 }
            return state.snapshot
        }
    }

    func addReader(_ declaration: ReaderDeclaration) async throws(ControllerError) -> ReaderID {
        let refusal = state.withLock { state in
            state.added.append(declaration)
            return state.refusal
        }
        if let refusal { throw refusal }
        return ReaderID("\(declaration.name)-0badcafe")
    }

    func removeReader(_ id: ReaderID) async throws(ControllerError) {
        let isKnown = state.withLock { state in
            state.removed.append(id)
            return state.configurations[id.name] != nil
        }
        guard isKnown else { throw .unknownReader(id) }
    }

    func configurationJSON(of id: ReaderID) async -> Data? {
        state.withLock { $0.configurations[id.name] }
    }
}
