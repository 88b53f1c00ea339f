// swift-tools-version: 6.2
import PackageDescription

// A package as an app developer has it, outside of Populus: it depends on the library products alone. Its own modules have
// the names `Client` and `Collector`, as anybody's may. Tools/example-app builds it.
let package = Package(
    name: "example-app",
    dependencies: [.package(name: "populus", path: "../..")],
    targets: [
        .target(
            name: "Client",
            dependencies: [
                .product(name: "PopulusClient", package: "populus"),
                .product(name: "PopulusClientHTTP", package: "populus"),
            ]),
        .target(name: "Collector"),
        .executableTarget(name: "example-app", dependencies: ["Client", "Collector"]),
        .executableTarget(
            name: "example-collector", dependencies: [.product(name: "PopulusCollector", package: "populus")]),
    ])
