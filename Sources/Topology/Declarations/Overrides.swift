/// The layout flags: each value given replaces the one of every reader group. Also what POST /reader asks
/// for.
package struct LayoutOverrides: Equatable, Sendable {
    /// `--tensor-parallel`
    package var tensorParallel: Int?
    /// `--replicas`
    package var replicas: Int?
    /// `--quant-type`
    package var quantType: QuantType?
    /// `--kv-cache-type`
    package var kvCacheType: KVCacheType?
    /// `--transport`
    package var transport: TransportChoice?
    /// `--threads`
    package var threadsPerRank: Int?
    /// `--prefill-chunk`
    package var prefillChunk: Int?
    /// `--max-batch-size`
    package var maxBatchSize: Int?
    /// `--max-sequence-length`
    package var maxSequenceLength: Int?
    /// `--kv-blocks`
    package var kvBlocks: Int?
    /// `--prefix-cache`
    package var prefixCache: PrefixCaching?

    /// No flag given.
    package init() {}
}

/// The flags that are about the server as a whole.
package struct ServerOverrides: Equatable, Sendable {
    /// `--host`
    package var host: String?
    /// `--port`
    package var port: Int?
    /// `--management-port`
    package var managementPort: Int?
    /// `--openai-port`
    package var openAIPort: Int?
    /// `--log-level`
    package var logLevel: LogLevel?
    /// `--pack-cache`
    package var packCache: String?
    /// `--pack-cache-limit`, with its unit.
    package var packCacheLimit: String?

    /// No flag given.
    package init() {}
}

/// What a command line says about a topology.
package struct CommandLineOverrides: Equatable, Sendable {
    /// Flags about the server.
    package var server: ServerOverrides
    /// Flags about every reader group.
    package var layout: LayoutOverrides

    /// Both parts.
    package init(server: ServerOverrides = ServerOverrides(), layout: LayoutOverrides = LayoutOverrides()) {
        self.server = server
        self.layout = layout
    }
}
