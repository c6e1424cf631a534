/// Where the servers listen and what an operator limits; Topology's values, resolved.
package struct HTTPSettings: Equatable, Sendable {
    /// Address of the inference and OpenAI ports.
    package var host: String
    /// Inference port; 0 is any free one.
    package var port: Int
    /// Address of the management port.
    package var managementHost: String
    /// Management port; 0 is any free one.
    package var managementPort: Int
    /// Port of the OpenAI API; 0 is any free one.
    package var openAIPort: Int
    /// Bytes of a request's body.
    package var bodyByteCountMax: Int
    /// How long requests in flight may go on once the servers stop.
    package var drainTimeout: Duration

    /// Makes settings from all their fields.
    package init(
        host: String, port: Int, managementHost: String, managementPort: Int, openAIPort: Int,
        bodyByteCountMax: Int, drainTimeout: Duration
    ) {
        self.host = host
        self.port = port
        self.managementHost = managementHost
        self.managementPort = managementPort
        self.openAIPort = openAIPort
        self.bodyByteCountMax = bodyByteCountMax
        self.drainTimeout = drainTimeout
    }
}

/// The ports that were really bound.
package struct BoundPorts: Equatable, Sendable {
    /// Inference.
    package var inference: Int
    /// Management.
    package var management: Int
    /// OpenAI.
    package var openAI: Int

    /// Makes a triple.
    package init(inference: Int, management: Int, openAI: Int) {
        self.inference = inference
        self.management = management
        self.openAI = openAI
    }
}
