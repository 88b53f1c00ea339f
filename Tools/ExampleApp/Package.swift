// swift-tools-version: 6.2
import PackageDescription

// A package as others write it, outside of Populus: it depends on the library products alone.
let package = Package(
    name: "example-app",
    dependencies: [.package(name: "populus", path: "../..")],
    targets: [
        .executableTarget(
            name: "example-collector", dependencies: [.product(name: "PopulusCollector", package: "populus")])
    ])
