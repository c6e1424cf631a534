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
let collections: Target.Dependency = .product(name: "DequeModule", package: "swift-collections")
let orderedCollections: Target.Dependency = .product(name: "OrderedCollections", package: "swift-collections")
let heap: Target.Dependency = .product(name: "HeapModule", package: "swift-collections")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let hummingbirdTesting: Target.Dependency = .product(name: "HummingbirdTesting", package: "hummingbird")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")

func target(_ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource]? = nil) -> Target {
    .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource]? = nil) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: dependencies, resources: resources, swiftSettings: settings)
}

let package = Package(
    name: "skein",
    platforms: [.macOS(.v26)],
    products: [.executable(name: "skein", targets: ["skein"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // C: kernels and system calls.
        .target(name: "CKernels", cSettings: kernelSettings),
        .target(name: "CSystem", cSettings: [.unsafeFlags(["-Wall", "-Wextra", "-Werror"])]),
        .systemLibrary(name: "CHwloc", pkgConfig: "hwloc", providers: [.apt(["libhwloc-dev"])]),
        .systemLibrary(name: "CPCRE2", pkgConfig: "libpcre2-8", providers: [.apt(["libpcre2-dev"])]),
        // The worker's side.
        target("System", ["CSystem", "CHwloc"]),
        target("WorkerMessages", ["System"]),
        target("Tensors", ["CKernels", "System"]),
        target("Collectives", ["CSystem", "System"]),
        target("Models", ["Tensors", "Collectives", "System", "WorkerMessages", crypto]),
        target("Worker", ["Models", "Tensors", "Collectives", "WorkerMessages", "System"]),
        // The controller's side.
        target("Tokenization", ["CPCRE2", heap]),
        target("Topology", [yams, orderedCollections]),
        target("Serving", ["WorkerMessages", "System", collections]),
        target("Controller", ["Serving", "WorkerMessages", "System", "Topology", "Tokenization", logging, metrics]),
        target(
            "HTTPAPI",
            [
                "Serving", "Controller", "Topology", "Tokenization", hummingbird, lifecycle, logging, metrics,
                nioCore, httpTypes,
            ],
            resources: [.embedInCode("Web/Page")]),
        .executableTarget(
            name: "skein",
            dependencies: [
                "HTTPAPI", "Controller", "Serving", "Topology", "Tokenization", "Worker", "Models", "Tensors",
                "Collectives", "WorkerMessages", "System", arguments, lifecycle, logging, metrics, nioPosix,
                hummingbird,
            ],
            swiftSettings: settings),
        // Tests.
        target("TestSupport", []),
        tests("System", ["System", "CSystem", "TestSupport"]),
        tests("WorkerMessages", ["WorkerMessages", "System", "TestSupport"]),
        tests("Tensors", ["Tensors", "CKernels", "TestSupport"]),
        tests("Collectives", ["Collectives", "System", "TestSupport"]),
        tests("Models", ["Models", "Tensors", "Collectives", "WorkerMessages", "System", "TestSupport"]),
        tests("Worker", ["Worker", "Models", "Tensors", "WorkerMessages", "System", "TestSupport"]),
        tests("Tokenization", ["Tokenization", "TestSupport"]),
        tests("Topology", ["Topology", "TestSupport"]),
        tests("Serving", ["Serving", "WorkerMessages", "TestSupport"]),
        tests("Controller", ["Controller", "Serving", "Topology", "WorkerMessages", "System", "TestSupport"]),
        tests(
            "HTTPAPI", ["HTTPAPI", "Controller", "Serving", "Tokenization", "Topology", "TestSupport", hummingbirdTesting]),
        tests("EndToEnd", ["Controller", "Worker", "Models", "WorkerMessages", "System", "TestSupport"]),
        tests("Tidy", ["TestSupport"]),
    ]
)
