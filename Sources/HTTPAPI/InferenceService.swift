package import Controller
package import Foundation
package import Topology

/// What HTTP needs of the controller. Conformers: `Fleet`, and the tests' fake.
package protocol InferenceService: Sendable {
    /// The group that requests of this name go to, or nil while none of its readers has brought a model.
    func servedGroup(named name: String) -> ServedGroup?
    /// Names of all consumer groups, sorted.
    var groupNames: [String] { get }
    /// Everything that runs, as of now.
    func snapshot() async -> FleetSnapshot
    /// Declares a reader; it loads after this returns. The fleet checks where its model lies.
    func addReader(_ declaration: ReaderDeclaration) async throws(ControllerError) -> ReaderID
    /// Drains a reader and returns when it is gone.
    func removeReader(_ id: ReaderID) async throws(ControllerError)
    /// config.json of a reader's model as it stands in the file; nil for an unknown reader.
    func configurationJSON(of id: ReaderID) async -> Data?
}
