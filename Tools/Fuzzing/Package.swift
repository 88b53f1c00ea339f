// swift-tools-version: 6.2
import PackageDescription

// The project's modules once more, built for libFuzzer and AddressSanitizer; Tools/fuzz builds and runs it. A package of its
// own, so that nothing of it is in the usual build. `Sources` is a link to the project's.

/// What counts which branches were taken.
let coverage: [SwiftSetting] = [.unsafeFlags(["-sanitize=fuzzer"])]
let coverageOfC: [CSetting] = [.unsafeFlags(["-fsanitize=fuzzer-no-link"])]

let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let serviceLifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")

func nio(_ name: String) -> Target.Dependency { .product(name: name, package: "swift-nio") }

func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, path: "Sources/\(name)", swiftSettings: coverage)
}

func fuzzer(_ name: String, path: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(
        name: name, dependencies: dependencies + ["FuzzTarget"], path: path, swiftSettings: coverage,
        linkerSettings: [.unsafeFlags(["-sanitize=fuzzer", "-use-ld=lld"])])
}

let package = Package(
    name: "populus-fuzzing",
    dependencies: [
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .target(name: "LibFuzzer", path: "LibFuzzer"),
        .target(name: "FuzzTarget", dependencies: ["LibFuzzer"], path: "FuzzTarget"),

        .target(
            name: "CPopulusKernels", path: "Sources/CPopulusKernels", cSettings: coverageOfC,
            linkerSettings: [.linkedLibrary("crypto")]),
        module("PopulusKernels", ["CPopulusKernels"]),
        module("PopulusWireCodec"),
        module("PopulusVDAF", ["CPopulusKernels", "PopulusKernels", "PopulusWireCodec"]),
        module("PopulusSchemes", ["PopulusVDAF", "PopulusWireCodec"]),
        module("PopulusDifferentialPrivacy"),
        module("PopulusDurableFiles"),
        module(
            "PopulusDAP",
            [
                "PopulusDifferentialPrivacy", "PopulusKernels", "PopulusSchemes", "PopulusVDAF", "PopulusWireCodec",
                crypto,
            ]),
        module("PopulusTaskFiles", ["PopulusDAP", "PopulusDurableFiles", "PopulusVDAF", crypto]),
        module("PopulusStringCodec", ["PopulusVDAF"]),
        // Of the client what reads its input.
        .target(
            name: "Client",
            dependencies: [
                "PopulusDAP", "PopulusDurableFiles", "PopulusSchemes", "PopulusStringCodec", "PopulusVDAF", crypto,
            ],
            path: "Sources/Client", exclude: ["Upload", "ReportMaker.swift"], sources: ["Input", "Values"],
            swiftSettings: coverage),
        fuzzer(
            "fuzz-decoders", path: "Decoders",
            [
                "Client", "PopulusDAP", "PopulusDifferentialPrivacy", "PopulusSchemes", "PopulusStringCodec",
                "PopulusTaskFiles", "PopulusVDAF", "PopulusWireCodec",
            ]),

        // For the routes.
        module("PrefixWalk", ["PopulusDurableFiles", "PopulusVDAF", "PopulusKernels"]),
        module(
            "Aggregator",
            [
                "PopulusDAP", "PopulusDifferentialPrivacy", "PopulusDurableFiles", "PopulusKernels", "PopulusVDAF",
                "PrefixWalk", "PopulusWireCodec", logging,
                crypto,
            ]),
        module("StoreMemory", ["Aggregator", "PopulusDAP"]),
        module("PopulusTLS", ["PopulusDurableFiles", crypto, nioSSL, nio("NIOCore")]),
        module(
            "HTTPServing",
            [
                "PopulusTLS", logging, httpTypes, nioSSL, .product(name: "HummingbirdCore", package: "hummingbird"),
                nio("NIOCore"),
                .product(name: "NIOExtras", package: "swift-nio-extras"), nio("NIOHTTP1"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"), nio("NIOPosix"), nio("NIOTLS"),
                serviceLifecycle,
            ]),
        module(
            "AggregatorServer",
            [
                "Aggregator", "PopulusDAP", "HTTPServing", "PopulusTLS", crypto, logging, httpTypes, nio("NIOCore"),
                serviceLifecycle,
            ]),
        fuzzer(
            "fuzz-routes", path: "Routes",
            [
                "Aggregator", "AggregatorServer", "PopulusDAP", "HTTPServing", "StoreMemory", "PopulusVDAF",
                "PopulusWireCodec", httpTypes,
                logging,
            ]),
    ]
)
