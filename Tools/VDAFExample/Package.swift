// swift-tools-version: 6.2
import PackageDescription

// A package outside of Populus: it sees what other implementers see.
let package = Package(
    name: "vdaf-example",
    dependencies: [.package(name: "populus", path: "../..")],
    targets: [
        .executableTarget(
            name: "vdaf-example", dependencies: [.product(name: "PopulusVDAF", package: "populus")], path: "Sources")
    ]
)
