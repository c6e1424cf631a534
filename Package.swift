// swift-tools-version: 6.3
import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

// -O3 for the kernels' loops; no contraction of a*b+c behind our back (numerics.md 4).
let kernelSettings: [CSetting] = [.unsafeFlags(["-O3", "-ffp-contract=off", "-Wall", "-Wextra", "-Werror"])]

let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let metrics: Target.Dependency = .product(name: "Metrics", package: "swift-metrics")
let coreMetrics: Target.Dependency = .product(name: "CoreMetrics", package: "swift-metrics")
let signals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let hummingbirdCore: Target.Dependency = .product(name: "HummingbirdCore", package: "hummingbird")
let collections: Target.Dependency = .product(name: "DequeModule", package: "swift-collections")
let heap: Target.Dependency = .product(name: "HeapModule", package: "swift-collections")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let hummingbirdTesting: Target.Dependency = .product(name: "HummingbirdTesting", package: "hummingbird")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioFoundation: Target.Dependency = .product(name: "NIOFoundationCompat", package: "swift-nio")
let httpClient: Target.Dependency = .product(name: "AsyncHTTPClient", package: "async-http-client")
let histogram: Target.Dependency = .product(name: "Histogram", package: "hdrhistogram-swift")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")

func target(_ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource]? = nil) -> Target
{
    .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(name: "\(name)Tests", dependencies: dependencies, exclude: exclude, swiftSettings: settings)
}

let package = Package(
    name: "skein",
    platforms: [.macOS(.v26)],
    products: [.executable(name: "skein", targets: ["skein"])],
    dependencies: [
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // C: kernels and system calls.
        .target(name: "CKernels", cSettings: kernelSettings),
        .target(name: "CPlatform", cSettings: [.unsafeFlags(["-Wall", "-Wextra", "-Werror"])]),
        .systemLibrary(name: "CHwloc", pkgConfig: "hwloc", providers: [.apt(["libhwloc-dev"])]),
        .systemLibrary(name: "CPCRE2", pkgConfig: "libpcre2-8", providers: [.apt(["libpcre2-dev"])]),
        // The worker's side. `Platform` and `CPlatform`: docs/decisions/002.
        target("Platform", ["CPlatform", "CHwloc"]),
        target("WorkerMessages", ["Platform"]),
        target("Tensors", ["CKernels", "CPlatform", "Platform"]),
        target("Collectives", ["CPlatform", "Platform"]),
        target("Models", ["Tensors", "Collectives", "Platform", "WorkerMessages", crypto]),
        target("Worker", ["Models", "Tensors", "Collectives", "WorkerMessages", "Platform"]),
        // The controller's side.
        target("Tokenization", ["CPCRE2", heap]),
        target("Topology", [yams]),
        target("Serving", ["WorkerMessages", collections, metrics]),
        target(
            "Controller",
            ["Serving", "WorkerMessages", "Platform", "Topology", "Tokenization", logging, metrics]),
        target(
            "HTTPAPI",
            [
                "Serving", "Controller", "Topology", "Tokenization", "WorkerMessages", "Platform",
                hummingbird,
                hummingbirdCore,
                lifecycle, logging, metrics, coreMetrics, nioCore, nioHTTP1, httpTypes,
            ],
            resources: [.embedInCode("Web/Page")]),
        .executableTarget(
            name: "skein",
            dependencies: [
                "HTTPAPI", "Controller", "Serving", "Topology", "Tokenization", "Worker", "Models", "Tensors",
                "Collectives", "WorkerMessages", "Platform", arguments, httpClient, lifecycle, logging,
                metrics,
                signals, nioCore, nioFoundation, nioHTTP1, nioPosix, histogram, hummingbird,
            ],
            swiftSettings: settings),
        // Tests. CHeapMeter takes the place of malloc in the program it is linked into: in that of the tests alone.
        .target(name: "CHeapMeter", cSettings: [.unsafeFlags(["-Wall", "-Wextra", "-Werror"])]),
        target("TestSupport", ["CHeapMeter"]),
        tests("Platform", ["Platform", "CPlatform", "TestSupport"]),
        tests("WorkerMessages", ["WorkerMessages", "Platform", "TestSupport"]),
        tests("Tensors", ["Tensors", "CKernels", "Platform", "TestSupport"], exclude: ["Fixtures"]),
        tests("Collectives", ["Collectives", "Platform", "TestSupport"]),
        tests(
            "Models",
            [
                "Models", "Tensors", "Collectives", "Serving", "WorkerMessages", "Platform", "Tokenization",
                "TestSupport",
                crypto,
            ],
            exclude: ["Fixtures"]),
        tests("Worker", ["Worker", "Models", "Tensors", "WorkerMessages", "Platform", "TestSupport"]),
        tests("Tokenization", ["Tokenization", "TestSupport"], exclude: ["Fixtures"]),
        tests("Topology", ["Topology", "TestSupport"]),
        tests("Serving", ["Serving", "WorkerMessages", "TestSupport", metrics], exclude: ["Fixtures"]),
        tests(
            "Controller",
            [
                "Controller", "Serving", "Topology", "WorkerMessages", "Platform", "TestSupport", logging,
                metrics,
            ]),
        tests(
            "HTTPAPI",
            [
                "HTTPAPI", "Controller", "Serving", "Tokenization", "Topology", "WorkerMessages",
                "TestSupport",
                hummingbird, hummingbirdTesting, lifecycle, logging, coreMetrics, nioCore, nioPosix,
                httpTypes,
            ]),
        tests(
            "EndToEnd",
            [
                "skein", "Models", "Topology", "WorkerMessages", "Platform", "TestSupport", httpClient,
                logging, nioCore,
                nioFoundation,
                nioHTTP1,
            ], exclude: ["Fixtures"]),
        tests(
            "Skein",
            [
                "skein", "Controller", "WorkerMessages", "TestSupport", arguments, hummingbird, logging,
                nioCore,
            ]),
        tests("Tidy", ["TestSupport"]),
    ]
)
