package import Foundation

/// The `server` section, resolved.
package struct ServerSettings: Equatable, Sendable {
    /// Where inference listens.
    package var host: Setting<String>
    /// Inference port; 0 is any free one.
    package var port: Setting<Int>
    /// Where management listens.
    package var managementHost: Setting<String>
    /// Management port; 0 is any free one.
    package var managementPort: Setting<Int>
    /// Port of the OpenAI API, on `host`; 0 is any free one.
    package var openAIPort: Setting<Int>
    /// Where POST /reader may load from; absolute.
    package var modelRoots: Setting<[URL]>
    /// Least urgent log lines.
    package var logLevel: Setting<LogLevel>
    /// Look of log lines.
    package var logFormat: Setting<LogFormat>
    /// How long stopping lets sequences finish.
    package var drainTimeout: Setting<Duration>
    /// How long queued requests outlive the last ready reader.
    package var queueTimeout: Setting<Duration>
    /// Bytes of an HTTP body.
    package var bodyLimit: Setting<Int>
    /// Where packs are kept for later starts; nil: nowhere.
    package var packCache: Setting<URL?>
    /// Bytes of all packs kept there.
    package var packCacheLimit: Setting<Int>
}
