// swift-tools-version: 6.2
import PackageDescription

// An app as others write it: it sees what the project's libraries make public, and nothing else.

let package = Package(
    name: "example-app",
    dependencies: [.package(name: "populus", path: "../..")],
    targets: [
        .executableTarget(name: "Collector", dependencies: [.product(name: "PopulusCollector", package: "populus")])
    ]
)
