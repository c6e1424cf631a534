/// What a frame on the control socket between controller and worker carries.
///
/// Order of a worker's life: `hello`, `load`, (`packBuilt`), `mapPack`, `ready`, then `step` and `stepResult`
/// in turn, and `shutdown`. A worker that cannot go on sends `failure` and ends.
package enum MessageKind: UInt16, Sendable, CaseIterable {
    /// Worker to controller, first frame: `Hello` as JSON.
    case hello = 1
    /// Controller to worker: `LoadOrder` as JSON. Descriptors: control page, then, if there are other ranks, the
    /// shared gather memory (shm) or one socket per other rank in ascending rank order (unix), then, when the worker
    /// builds, the writable pack.
    case load = 2
    /// Worker to controller: `PackReport` as JSON; the worker's writable mapping is gone.
    case packBuilt = 3
    /// Controller to worker, no payload. Descriptor: the sealed pack, opened read-only.
    case mapPack = 4
    /// Worker to controller: `ReadyReport` as JSON.
    case ready = 5
    /// Controller to worker: a `StepFrame`.
    case step = 6
    /// Worker to controller: a `StepResult`. Only rank 0 sends it.
    case stepResult = 7
    /// Worker to controller: `FailureReport` as JSON; the worker ends after a `load` it refuses, and
    /// stays for further steps after a `step` it refuses.
    case failure = 8
    /// Controller to worker, no payload: finish and exit 0.
    case shutdown = 9
}
