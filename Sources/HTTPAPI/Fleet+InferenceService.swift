import Controller

/// The controller itself answers HTTP's questions; its methods are the protocol's.
extension Fleet: InferenceService {}
