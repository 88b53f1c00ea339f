// swift-tools-version: 6.2
import PackageDescription

let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let asyncHTTPClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")

let package = Package(
    name: "populus",
    products: [
        .executable(name: "populus", targets: ["populus"])
    ],
    traits: [
        .trait(name: "PostgreSQL", description: "Stores in PostgreSQL, by libpq (Debian's libpq-dev).")
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // Files that survive a crash, and locks.
        .target(name: "DurableFiles"),

        // The cryptographic stack, from the instruction set upwards.
        .target(name: "CKernels"),
        .target(name: "Kernels", dependencies: ["CKernels"], swiftSettings: [.strictMemorySafety()]),
        .target(name: "WireCodec"),
        .target(
            name: "VDAF", dependencies: ["CKernels", "Kernels", "WireCodec"], swiftSettings: [.strictMemorySafety()]),
        .target(name: "PrefixWalk", dependencies: ["DurableFiles", "VDAF", "Kernels"]),
        .target(name: "KnownAnswers", dependencies: ["VDAF", "Kernels"]),

        // The protocol and its four roles.
        .target(name: "Schemes", dependencies: ["VDAF", "WireCodec"]),
        .target(name: "DifferentialPrivacy"),
        .target(name: "DAP", dependencies: ["DifferentialPrivacy", "Kernels", "Schemes", "VDAF", "WireCodec", crypto]),
        .target(name: "TaskFiles", dependencies: ["DAP", "DurableFiles", "VDAF", crypto]),
        .target(name: "StringCodec", dependencies: ["VDAF", crypto]),
        .target(name: "Events"),
        .target(
            name: "HTTPRequests",
            dependencies: [
                "DAP", asyncHTTPClient,
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]),
        .target(
            name: "Client",
            dependencies: [
                "DAP", "DurableFiles", "Events", "HTTPRequests", "Kernels", "Schemes", "StringCodec", "VDAF",
                "WireCodec", crypto,
            ]),
        .target(
            name: "Collector",
            dependencies: [
                "DAP", "DifferentialPrivacy", "DurableFiles", "Events", "HTTPRequests", "Kernels", "Schemes",
                "StringCodec", "VDAF", "WireCodec",
            ]),
        .target(
            name: "ResultText",
            dependencies: [
                "Collector", "DAP", "DifferentialPrivacy", "Schemes", "StringCodec", "VDAF",
            ]),
        .target(
            name: "Results",
            dependencies: [
                "Collector", "DAP", "DifferentialPrivacy", "DurableFiles", "ResultText", "Schemes", "StringCodec",
                crypto,
                .product(name: "GRDB", package: "GRDB.swift"),
            ]),
        .target(
            name: "Schedule",
            dependencies: [
                "Collector", "DAP", "DurableFiles", "HTTPRequests", "ResultText", "Results", "StringCodec",
                asyncHTTPClient, crypto, .product(name: "NIOCore", package: "swift-nio"),
            ]),
        .target(
            name: "Aggregator",
            dependencies: [
                "DAP", "DifferentialPrivacy", "DurableFiles", "Kernels", "VDAF", "PrefixWalk", "WireCodec", logging,
                crypto,
            ]),
        .target(
            name: "StoreSQLite",
            dependencies: [
                "Aggregator", "DAP", "DurableFiles", "Kernels", .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ]),
        .target(name: "StoreMemory", dependencies: ["Aggregator", "DAP"]),
        .systemLibrary(name: "CPostgreSQL", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .target(
            name: "StorePostgreSQL",
            dependencies: [
                "Aggregator", "DAP", "DurableFiles", "Kernels", logging,
                .target(name: "CPostgreSQL", condition: .when(traits: ["PostgreSQL"])),
            ]),

        // An aggregator's process: HTTP for any server, an aggregator's resources, the tasks behind them.
        .target(
            name: "HTTPServing",
            dependencies: [
                logging,
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOExtras", package: "swift-nio-extras"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
        .target(
            name: "AggregatorServer",
            dependencies: [
                "Aggregator", "DAP", "HTTPServing", crypto, logging,
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
        .target(
            name: "AggregatorHost",
            dependencies: [
                "Aggregator", "AggregatorServer", "DAP", "HTTPRequests", "HTTPServing", "TaskFiles",
                asyncHTTPClient, logging,
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),

        // The test API that drives all four roles.
        .target(
            name: "Interop",
            dependencies: [
                "Client", "Collector", "DAP", "HTTPRequests", "HTTPServing", "Schemes", "StringCodec", "TaskFiles",
                "VDAF", "WireCodec", logging,
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),

        // The one executable, and the tools that Tools/ runs.
        .executableTarget(
            name: "populus",
            dependencies: [
                "Aggregator", "AggregatorHost", "AggregatorServer", "Client", "Collector", "DAP",
                "DifferentialPrivacy", "DurableFiles", "Events", "HTTPRequests", "HTTPServing", "Interop", "Kernels",
                "KnownAnswers", "ResultText", "Results", "Schedule", "Schemes", "StorePostgreSQL", "StoreSQLite",
                "StringCodec", "TaskFiles", "VDAF", "WireCodec", crypto, logging,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
        .executableTarget(
            name: "vector-generator", dependencies: ["KnownAnswers", "VDAF"], path: "Tools/VectorGenerator"),
        .target(name: "URLTraining", dependencies: ["StringCodec"], path: "Tools/URLTraining"),
        .executableTarget(
            name: "url-model",
            dependencies: ["URLTraining", .product(name: "ArgumentParser", package: "swift-argument-parser")],
            path: "Tools/URLModel"),
        .target(name: "BenchmarkSupport", dependencies: ["Kernels", "CKernels"], path: "Tools/BenchmarkSupport"),
        .executableTarget(
            name: "walk-benchmark", dependencies: ["BenchmarkSupport", "PrefixWalk", "VDAF", "Kernels"],
            path: "Tools/WalkBenchmark"),
        .executableTarget(
            name: "prio3-benchmark", dependencies: ["BenchmarkSupport", "VDAF"], path: "Tools/Prio3Benchmark"),
        .executableTarget(
            name: "shard-benchmark", dependencies: ["BenchmarkSupport", "VDAF"], path: "Tools/ShardBenchmark"),
        .executableTarget(
            name: "store-benchmark",
            dependencies: [
                "Aggregator", "BenchmarkSupport", "DAP", "StorePostgreSQL", "StoreSQLite",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Tools/StoreBenchmark"),
        .executableTarget(
            name: "service-benchmark",
            dependencies: [
                "BenchmarkSupport", "Client", "Collector", "DAP", "HTTPRequests", "ResultText",
                "StringCodec", "TaskFiles", "VDAF", "WireCodec",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Tools/ServiceBenchmark"),
        .target(
            name: "WalkSimulation", dependencies: ["Collector", "DAP", "DifferentialPrivacy", "StringCodec", "VDAF"],
            path: "Tools/WalkSimulation"),
        .executableTarget(
            name: "walk-simulation",
            dependencies: [
                "StringCodec", "WalkSimulation", .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Tools/SimulateWalks"),

        // Tests.
        .testTarget(name: "DocumentTests"),
        .testTarget(name: "KernelsTests", dependencies: ["Kernels"]),
        .testTarget(name: "WireCodecTests", dependencies: ["WireCodec"]),
        .testTarget(name: "VDAFTests", dependencies: ["VDAF", "Kernels", "KnownAnswers", "WireCodec"]),
        .testTarget(name: "PrefixWalkTests", dependencies: ["DurableFiles", "PrefixWalk", "VDAF", "Kernels"]),
        .testTarget(name: "DurableFilesTests", dependencies: ["DurableFiles"]),
        .testTarget(name: "DifferentialPrivacyTests", dependencies: ["DifferentialPrivacy"]),
        .testTarget(
            name: "DAPTests", dependencies: ["DAP", "DifferentialPrivacy", "Schemes", "VDAF", "WireCodec", crypto]),
        .testTarget(name: "TaskFilesTests", dependencies: ["DAP", "TaskFiles"]),
        .testTarget(name: "StringCodecTests", dependencies: ["StringCodec", "URLTraining", "VDAF"]),
        .testTarget(
            name: "HTTPRequestsTests",
            dependencies: [
                "DAP", "HTTPRequests", asyncHTTPClient,
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]),
        .testTarget(
            name: "CollectorTests",
            dependencies: [
                "Collector", "DAP", "DifferentialPrivacy", "Events", "ResultText", "Results", "Schemes", "StringCodec",
                "VDAF", "WalkSimulation",
            ]),
        // A process that records results, to be killed by tests.
        .executableTarget(
            name: "results-writer", dependencies: ["DAP", "Results", "ResultsHarness"],
            path: "Tests/ResultsWriter"),
        // Results as walks and collections have them, for tests.
        .target(
            name: "ResultsHarness", dependencies: ["Collector", "DAP", "DifferentialPrivacy", "Results", "Schemes"],
            path: "Tests/ResultsHarness"),
        .testTarget(
            name: "ResultsTests",
            dependencies: [
                "Collector", "DAP", "DifferentialPrivacy", "ResultText", "Results", "ResultsHarness", "StringCodec",
                "results-writer",
                .product(name: "GRDB", package: "GRDB.swift"),
            ]),
        .testTarget(
            name: "ScheduleTests",
            dependencies: ["Collector", "DAP", "Results", "ResultsHarness", "Schedule", "StringCodec"]),
        .testTarget(
            name: "ClientTests",
            dependencies: [
                "Client", "DAP", "Events", "HTTPRequests", "HTTPServing", "HTTPServingHarness", "Schemes",
                "StringCodec", "VDAF", "WireCodec",
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ]),
        // Files of earlier versions, for tests.
        .target(
            name: "EarlierStores", dependencies: ["DAP", "Kernels", .product(name: "GRDB", package: "GRDB.swift")],
            path: "Tests/EarlierStores"),
        .testTarget(
            name: "AggregatorTests",
            dependencies: [
                "Aggregator", "Client", "DAP", "DifferentialPrivacy", "EarlierStores", "Kernels",
                "PostgreSQLHarness", "PostgreSQLStores", "PrefixWalk", "Schemes", "StoreMemory",
                "StoreSQLite", "VDAF", "WireCodec", logging,
                .product(name: "GRDB", package: "GRDB.swift"),
            ]),
        .testTarget(
            name: "StoreTests",
            dependencies: [
                "Aggregator", "DAP", "PostgreSQLHarness", "PostgreSQLStores", "PrefixWalk", "StoreMemory",
                "StorePostgreSQL", "StoreSQLite", "VDAF",
            ]),
        // PostgreSQL servers of the tests' own.
        .target(name: "PostgreSQLHarness", path: "Tests/PostgreSQLHarness"),
        // Stores in their databases, for tests.
        .target(
            name: "PostgreSQLStores", dependencies: ["DAP", "PostgreSQLHarness", "StorePostgreSQL", logging],
            path: "Tests/PostgreSQLStores"),
        .testTarget(
            name: "StorePostgreSQLTests",
            dependencies: ["Aggregator", "DAP", "PostgreSQLHarness", "PostgreSQLStores", "StorePostgreSQL"]),
        // Servers on loopback, and what speaks to them byte for byte, for tests.
        .target(name: "HTTPServingHarness", dependencies: ["HTTPServing", logging], path: "Tests/HTTPServingHarness"),
        .testTarget(
            name: "HTTPServingTests",
            dependencies: [
                "HTTPServing", "HTTPServingHarness", logging,
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
        // An aggregator's resources before a task that is none, for tests.
        .target(
            name: "AggregatorServerHarness",
            dependencies: [
                "Aggregator", "AggregatorServer", "DAP", "HTTPServing", "HTTPServingHarness", crypto, logging,
            ],
            path: "Tests/AggregatorServerHarness"),
        .testTarget(
            name: "AggregatorServerTests",
            dependencies: [
                "Aggregator", "AggregatorServer", "AggregatorServerHarness", "DAP", "HTTPServingHarness", logging,
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ]),
        .testTarget(
            name: "AggregatorHostTests",
            dependencies: [
                "Aggregator", "AggregatorHost", "AggregatorServer", "AggregatorServerHarness", "DAP", "HTTPServing",
                "HTTPServingHarness", asyncHTTPClient, logging,
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ]),
        .testTarget(
            name: "InteropTests",
            dependencies: [
                "DAP", "HTTPServing", "Interop", "Schemes", logging,
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ]),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "populus", "prio3-benchmark", "service-benchmark", "shard-benchmark", "store-benchmark",
                "walk-benchmark", "walk-simulation", "Client", "DAP", "HTTPRequests", "EarlierStores",
                "PostgreSQLHarness", "TaskFiles", "VDAF", "WireCodec", crypto,
            ]),
    ]
)
