// swift-tools-version: 6.2
import PackageDescription

let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let asyncHTTPClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")

// The largest targets of tests take half of the time to build this way, and most of them wait for stores and servers. What they
// test is optimised all the same.
let unoptimised = SwiftSetting.unsafeFlags(["-Onone"])

let package = Package(
    name: "populus",
    products: [
        // Libraries alone: the executable `populus` is a product of this checkout without being named. Were it here, every
        // app would have the modules that it reaches in its graph, and could have no `Client` of its own.
        .library(name: "PopulusClient", targets: ["PopulusClient"]),
        .library(name: "PopulusClientHTTP", targets: ["PopulusClientHTTP"]),
        // For other implementers: the VDAFs with the specification's names.
        .library(name: "PopulusVDAF", targets: ["PopulusVDAF"]),
        // Collections and discovery, for programs.
        .library(name: "PopulusCollector", targets: ["PopulusCollector"]),
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
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // Files that survive a crash, and locks.
        .target(name: "PopulusDurableFiles"),

        // The cryptographic stack, from the instruction set upwards.
        .target(name: "CPopulusKernels"),
        .target(name: "PopulusKernels", dependencies: ["CPopulusKernels"], swiftSettings: [.strictMemorySafety()]),
        .target(name: "PopulusWireCodec"),
        .target(
            name: "PopulusVDAF", dependencies: ["CPopulusKernels", "PopulusKernels", "PopulusWireCodec"],
            swiftSettings: [.strictMemorySafety()]),
        .target(
            name: "PrefixWalk", dependencies: ["PopulusDurableFiles", "PopulusVDAF", "PopulusKernels", crypto]),
        .target(name: "KnownAnswers", dependencies: ["PopulusVDAF", "PopulusKernels"]),

        // The protocol and its four roles.
        .target(name: "PopulusSchemes", dependencies: ["PopulusVDAF", "PopulusWireCodec"]),
        .target(name: "PopulusDifferentialPrivacy"),
        .target(
            name: "PopulusDAP",
            dependencies: [
                "PopulusDifferentialPrivacy", "PopulusKernels", "PopulusSchemes", "PopulusVDAF", "PopulusWireCodec",
                crypto,
            ]),
        .target(
            name: "PopulusTaskFiles",
            dependencies: ["PopulusDAP", "PopulusDurableFiles", "PopulusSchemes", "PopulusVDAF", crypto]),
        .target(name: "PopulusStringCodec", dependencies: ["PopulusVDAF"]),
        // What every client shares; Tools/report-sources.txt lists what it needs of the modules below it.
        .target(
            name: "PopulusReportMaking",
            dependencies: [
                "PopulusDAP", "PopulusKernels", "PopulusSchemes", "PopulusStringCodec", "PopulusVDAF",
                "PopulusWireCodec",
            ]),
        .target(name: "PopulusEvents"),
        // Certificates, keys and authorities from files.
        .target(
            name: "PopulusTLS",
            dependencies: [
                "PopulusDurableFiles", crypto, nioSSL,
                .product(name: "NIOCore", package: "swift-nio"),
            ]),
        .target(
            name: "PopulusHTTPRequests",
            dependencies: [
                "PopulusDAP", "PopulusTLS", asyncHTTPClient,
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]),
        // Reports from other people's programs.
        .target(
            name: "PopulusClient",
            dependencies: [
                "PopulusDAP", "PopulusDurableFiles", "PopulusKernels", "PopulusReportMaking", "PopulusSchemes",
                "PopulusStringCodec", "PopulusTaskFiles", "PopulusVDAF", "PopulusWireCodec",
            ]),
        .target(
            name: "PopulusClientHTTP",
            dependencies: [
                "PopulusClient", "PopulusDAP", "PopulusHTTPRequests", "PopulusTLS", asyncHTTPClient,
                .product(name: "NIOCore", package: "swift-nio"),
            ]),
        .target(
            name: "Client",
            dependencies: [
                "PopulusDAP", "PopulusDurableFiles", "PopulusEvents", "PopulusHTTPRequests", "PopulusKernels",
                "PopulusReportMaking", "PopulusSchemes", "PopulusStringCodec", "PopulusVDAF",
                "PopulusWireCodec", crypto,
            ]),
        .target(
            name: "PopulusCollector",
            dependencies: [
                "PopulusDAP", "PopulusDifferentialPrivacy", "PopulusDurableFiles", "PopulusEvents",
                "PopulusHTTPRequests", "PopulusKernels", "PopulusSchemes",
                "PopulusStringCodec", "PopulusTLS", "PopulusTaskFiles", "PopulusVDAF", "PopulusWireCodec",
            ]),
        .target(
            name: "ResultText",
            dependencies: [
                "PopulusCollector", "PopulusDAP", "PopulusDifferentialPrivacy", "PopulusSchemes", "PopulusStringCodec",
                "PopulusVDAF",
            ]),
        .target(
            name: "Results",
            dependencies: [
                "PopulusCollector", "PopulusDAP", "PopulusDifferentialPrivacy", "PopulusDurableFiles", "ResultText",
                "PopulusSchemes", "PopulusStringCodec",
                crypto,
                .product(name: "GRDB", package: "GRDB.swift"),
            ]),
        .target(
            name: "Schedule",
            dependencies: [
                "PopulusCollector", "PopulusDAP", "PopulusDurableFiles", "PopulusHTTPRequests", "ResultText", "Results",
                "PopulusStringCodec",
                asyncHTTPClient, crypto, .product(name: "NIOCore", package: "swift-nio"),
            ]),
        .target(
            name: "Aggregator",
            dependencies: [
                "PopulusDAP", "PopulusDifferentialPrivacy", "PopulusDurableFiles", "PopulusKernels", "PopulusVDAF",
                "PrefixWalk", "PopulusWireCodec", logging,
                crypto,
            ]),
        .target(
            name: "StoreSQLite",
            dependencies: [
                "Aggregator", "PopulusDAP", "PopulusDurableFiles", "PopulusKernels", "PrefixWalk",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ]),
        .target(name: "StoreMemory", dependencies: ["Aggregator", "PopulusDAP"]),
        .systemLibrary(name: "CPostgreSQL", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .target(
            name: "StorePostgreSQL",
            dependencies: [
                "Aggregator", "PopulusDAP", "PopulusDurableFiles", "PopulusKernels", logging,
                .target(name: "CPostgreSQL", condition: .when(traits: ["PostgreSQL"])),
            ]),

        // An aggregator's process: HTTP for any server, an aggregator's resources, the tasks behind them.
        .target(
            name: "HTTPServing",
            dependencies: [
                "PopulusTLS", logging, nioSSL,
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOExtras", package: "swift-nio-extras"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOTLS", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
        .target(
            name: "AggregatorServer",
            dependencies: [
                "Aggregator", "PopulusDAP", "HTTPServing", "PopulusTLS", crypto, logging,
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
        .target(
            name: "AggregatorHost",
            dependencies: [
                "Aggregator", "AggregatorServer", "PopulusDAP", "PopulusHTTPRequests", "HTTPServing",
                "PopulusTLS", "PopulusTaskFiles",
                asyncHTTPClient, logging,
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),

        // Pages for the analyst.
        .target(
            name: "Dashboard",
            dependencies: [
                "HTTPServing", "PopulusCollector", "PopulusDAP", "PopulusDurableFiles", "PopulusEvents",
                "PopulusStringCodec", "ResultText", "Results", crypto, logging,
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Mustache", package: "swift-mustache"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),

        // The test API that drives all four roles.
        .target(
            name: "Interop",
            dependencies: [
                "Client", "PopulusCollector", "PopulusDAP", "PopulusHTTPRequests", "HTTPServing", "PopulusSchemes",
                "PopulusStringCodec", "PopulusTaskFiles",
                "PopulusVDAF", "PopulusWireCodec", logging,
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),

        // The one executable, and the tools that Tools/ runs.
        .executableTarget(
            name: "populus",
            dependencies: [
                "Aggregator", "AggregatorHost", "AggregatorServer", "Client", "Dashboard", "PopulusCollector",
                "PopulusDAP",
                "PopulusDifferentialPrivacy", "PopulusDurableFiles", "PopulusEvents", "PopulusHTTPRequests",
                "HTTPServing", "Interop", "PopulusKernels",
                "KnownAnswers", "ResultText", "Results", "Schedule", "PopulusSchemes", "StorePostgreSQL", "StoreSQLite",
                "PopulusStringCodec", "PopulusTLS", "PopulusTaskFiles", "PopulusVDAF", "PopulusWireCodec", crypto,
                logging,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
        .executableTarget(
            name: "vector-generator", dependencies: ["KnownAnswers", "PopulusVDAF"], path: "Tools/VectorGenerator"),
        .target(name: "URLTraining", dependencies: ["PopulusStringCodec"], path: "Tools/URLTraining"),
        .executableTarget(
            name: "url-model",
            dependencies: ["URLTraining", .product(name: "ArgumentParser", package: "swift-argument-parser")],
            path: "Tools/URLModel"),
        .target(
            name: "BenchmarkSupport", dependencies: ["PopulusKernels", "CPopulusKernels"],
            path: "Tools/BenchmarkSupport"),
        .executableTarget(
            name: "walk-benchmark", dependencies: ["BenchmarkSupport", "PrefixWalk", "PopulusVDAF", "PopulusKernels"],
            path: "Tools/WalkBenchmark"),
        .executableTarget(
            name: "prio3-benchmark", dependencies: ["BenchmarkSupport", "PopulusVDAF"], path: "Tools/Prio3Benchmark"),
        .executableTarget(
            name: "shard-benchmark", dependencies: ["BenchmarkSupport", "PopulusVDAF"], path: "Tools/ShardBenchmark"),
        .executableTarget(
            name: "store-benchmark",
            dependencies: [
                "Aggregator", "BenchmarkSupport", "PopulusDAP", "StorePostgreSQL", "StoreSQLite",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Tools/StoreBenchmark"),
        .executableTarget(
            name: "service-benchmark",
            dependencies: [
                "BenchmarkSupport", "Client", "PopulusCollector", "PopulusDAP", "PopulusHTTPRequests", "ResultText",
                "PopulusStringCodec", "PopulusTaskFiles", "PopulusVDAF", "PopulusWireCodec", crypto,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Tools/ServiceBenchmark"),
        .target(
            name: "WalkSimulation",
            dependencies: [
                "PopulusCollector", "PopulusDAP", "PopulusDifferentialPrivacy", "PopulusStringCodec", "PopulusVDAF",
            ],
            path: "Tools/WalkSimulation"),
        .executableTarget(
            name: "walk-simulation",
            dependencies: [
                "PopulusStringCodec", "WalkSimulation",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Tools/SimulateWalks"),

        // Tests.
        .testTarget(name: "DocumentTests"),
        .testTarget(name: "KernelsTests", dependencies: ["PopulusKernels"]),
        .testTarget(name: "WireCodecTests", dependencies: ["PopulusWireCodec"]),
        .testTarget(
            name: "VDAFTests", dependencies: ["PopulusVDAF", "PopulusKernels", "KnownAnswers", "PopulusWireCodec"]),
        // Builds and runs Tools/VDAFExample, which sees what is public alone.
        .testTarget(name: "PublicVDAFTests"),
        .testTarget(
            name: "PrefixWalkTests",
            dependencies: ["PopulusDurableFiles", "PrefixWalk", "PopulusVDAF", "PopulusKernels", crypto]),
        .testTarget(name: "DurableFilesTests", dependencies: ["PopulusDurableFiles"]),
        .testTarget(name: "DifferentialPrivacyTests", dependencies: ["PopulusDifferentialPrivacy"]),
        .testTarget(
            name: "DAPTests",
            dependencies: [
                "PopulusDAP", "PopulusDifferentialPrivacy", "PopulusKernels", "PopulusSchemes", "PopulusVDAF",
                "PopulusWireCodec", crypto,
            ]),
        .testTarget(
            name: "ReportMakingTests",
            dependencies: [
                "PopulusDAP", "PopulusReportMaking", "PopulusSchemes", "PopulusStringCodec", "PopulusVDAF",
                "PopulusWireCodec",
            ]),
        .testTarget(name: "TaskFilesTests", dependencies: ["PopulusDAP", "PopulusSchemes", "PopulusTaskFiles"]),
        .testTarget(name: "StringCodecTests", dependencies: ["PopulusStringCodec", "URLTraining", "PopulusVDAF"]),
        .testTarget(
            name: "HTTPRequestsTests",
            dependencies: [
                "PopulusDAP", "PopulusHTTPRequests", asyncHTTPClient,
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]),
        // Authorities and certificates, for tests.
        .target(name: "TLSHarness", path: "Tests/TLSHarness"),
        .testTarget(name: "TLSTests", dependencies: ["PopulusTLS", "TLSHarness", nioSSL]),
        .testTarget(
            name: "CollectorTests",
            dependencies: [
                "PopulusCollector", "PopulusDAP", "PopulusDifferentialPrivacy", "PopulusEvents", "ResultText",
                "Results", "PopulusSchemes", "PopulusStringCodec",
                "PopulusTaskFiles", "PopulusVDAF", "WalkSimulation",
            ],
            swiftSettings: [unoptimised]),
        // The C library of Tools/c-client, which its own script builds.
        .testTarget(name: "CClientTests"),
        // A process that records results: to be killed by tests, or with strings that want to be more than text.
        .executableTarget(
            name: "results-writer",
            dependencies: ["PopulusCollector", "PopulusDAP", "PopulusStringCodec", "Results", "ResultsHarness"],
            path: "Tests/ResultsWriter"),
        // Results as walks and collections have them, for tests.
        .target(
            name: "ResultsHarness",
            dependencies: [
                "PopulusCollector", "PopulusDAP", "PopulusDifferentialPrivacy", "Results", "PopulusSchemes",
            ],
            path: "Tests/ResultsHarness"),
        .testTarget(
            name: "ResultsTests",
            dependencies: [
                "PopulusCollector", "PopulusDAP", "PopulusDifferentialPrivacy", "ResultText", "Results",
                "ResultsHarness", "PopulusStringCodec",
                "results-writer",
                .product(name: "GRDB", package: "GRDB.swift"),
            ]),
        .testTarget(
            name: "ScheduleTests",
            dependencies: [
                "PopulusCollector", "PopulusDAP", "Results", "ResultsHarness", "Schedule", "PopulusStringCodec",
            ]),
        .testTarget(
            name: "DashboardTests",
            dependencies: [
                "Dashboard", "HTTPServing", "HTTPServingHarness", "PopulusCollector", "PopulusDAP", "PopulusEvents",
                "Results", "ResultsHarness", logging,
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOCore", package: "swift-nio"),
            ]),
        .testTarget(
            name: "ClientTests",
            dependencies: [
                "Client", "PopulusDAP", "PopulusEvents", "PopulusHTTPRequests", "HTTPServing", "HTTPServingHarness",
                "PopulusSchemes",
                "PopulusStringCodec", "PopulusVDAF", "PopulusWireCodec",
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ]),
        // A process with a client's queue, to be ended by tests.
        .executableTarget(
            name: "client-crasher", dependencies: ["PopulusClient", "PopulusDAP", "PopulusWireCodec"],
            path: "Tests/ClientCrasher"),
        .testTarget(
            name: "PopulusClientTests",
            dependencies: [
                "PopulusClient", "PopulusDAP", "PopulusSchemes", "PopulusTaskFiles", "PopulusWireCodec",
                "client-crasher",
            ]),
        // Files of earlier versions, for tests.
        .target(
            name: "EarlierStores",
            dependencies: ["PopulusDAP", "PopulusKernels", .product(name: "GRDB", package: "GRDB.swift")],
            path: "Tests/EarlierStores"),
        .testTarget(
            name: "AggregatorTests",
            dependencies: [
                "Aggregator", "Client", "PopulusDAP", "PopulusDifferentialPrivacy", "EarlierStores", "PopulusKernels",
                "PostgreSQLHarness", "PostgreSQLStores", "PrefixWalk", "PopulusSchemes", "StoreMemory",
                "StorePostgreSQL", "StoreSQLite", "PopulusVDAF", "PopulusWireCodec", logging,
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: [unoptimised]),
        .testTarget(
            name: "StoreTests",
            dependencies: [
                "Aggregator", "PopulusDAP", "PostgreSQLHarness", "PostgreSQLStores", "PrefixWalk", "StoreMemory",
                "StorePostgreSQL", "StoreSQLite", "PopulusVDAF",
            ],
            swiftSettings: [unoptimised]),
        // PostgreSQL servers of the tests' own.
        .target(name: "PostgreSQLHarness", path: "Tests/PostgreSQLHarness"),
        // Stores in their databases, for tests.
        .target(
            name: "PostgreSQLStores",
            dependencies: ["Aggregator", "PopulusDAP", "PostgreSQLHarness", "StorePostgreSQL", logging],
            path: "Tests/PostgreSQLStores"),
        .testTarget(
            name: "StorePostgreSQLTests",
            dependencies: ["Aggregator", "PopulusDAP", "PostgreSQLHarness", "PostgreSQLStores", "StorePostgreSQL"],
            swiftSettings: [unoptimised]),
        // Servers on loopback, and what speaks to them byte for byte, for tests.
        .target(
            name: "HTTPServingHarness", dependencies: ["HTTPServing", "PopulusTLS", logging],
            path: "Tests/HTTPServingHarness"),
        .testTarget(
            name: "HTTPServingTests",
            dependencies: [
                "HTTPServing", "HTTPServingHarness", "PopulusDAP", "PopulusHTTPRequests", "PopulusTLS", "TLSHarness",
                asyncHTTPClient, logging,
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
        // An aggregator's resources before a task that is none, for tests.
        .target(
            name: "AggregatorServerHarness",
            dependencies: [
                "Aggregator", "AggregatorServer", "PopulusDAP", "HTTPServing", "HTTPServingHarness", "PopulusTLS",
                crypto,
                logging,
            ],
            path: "Tests/AggregatorServerHarness"),
        .testTarget(
            name: "AggregatorServerTests",
            dependencies: [
                "Aggregator", "AggregatorServer", "AggregatorServerHarness", "PopulusDAP", "HTTPServing",
                "HTTPServingHarness", "PopulusTLS", crypto,
                logging,
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ],
            swiftSettings: [unoptimised]),
        .testTarget(
            name: "AggregatorHostTests",
            dependencies: [
                "Aggregator", "AggregatorHost", "AggregatorServer", "AggregatorServerHarness", "Client",
                "PopulusCollector", "PopulusDAP", "PopulusHTTPRequests", "HTTPServing",
                "HTTPServingHarness", "PopulusSchemes", "PopulusTaskFiles", "PopulusTLS", "StoreMemory", "TLSHarness",
                asyncHTTPClient, crypto, logging,
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ],
            swiftSettings: [unoptimised]),
        .testTarget(name: "DashboardPagesTests", dependencies: ["Dashboard"]),
        .testTarget(
            name: "InteropTests",
            dependencies: [
                "PopulusDAP", "HTTPServing", "Interop", "PopulusSchemes", logging,
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ]),
        .testTarget(
            name: "BrowserClientTests",
            dependencies: [
                "PopulusDAP", "PopulusReportMaking", "PopulusSchemes", "PopulusTaskFiles", "PopulusVDAF",
                "PopulusWireCodec",
            ]),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "populus", "prio3-benchmark", "service-benchmark", "shard-benchmark", "store-benchmark",
                "walk-benchmark", "walk-simulation", "Client", "PopulusClient", "PopulusClientHTTP", "PopulusCollector",
                "PopulusDAP", "PopulusHTTPRequests", "EarlierStores",
                "PopulusTLS", "PostgreSQLHarness", "PopulusTaskFiles", "PopulusVDAF", "PopulusWireCodec", "TLSHarness",
                "results-writer", crypto,
            ],
            swiftSettings: [unoptimised]),
    ]
)
