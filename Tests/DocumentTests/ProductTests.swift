import Foundation
import Testing

/// What the library products reach.
@Suite struct ProductTests {
    /// The modules that a module is built with, itself among them.
    private static func reached(from name: String) throws -> Set<String> {
        let targets = try Checkout.manifest().targets
        var reached: Set<String> = []
        var open = [name]
        while let name = open.popLast() {
            guard reached.insert(name).inserted else { continue }
            open += targets.first { $0.name == name }?.dependencies ?? []
        }
        return reached
    }

    /// A client without its transport builds no server, no database and no network library, and links no system library.
    @Test func aClientBuildsNoServer() throws {
        let modules = try Self.reached(from: "PopulusClient")
        #expect(modules.contains("PopulusReportMaking"))
        let allowed: Set<Substring> = [
            "Crypto", "Dispatch", "Foundation", "Glibc", "Musl", "Darwin", "Synchronization",
        ]
        for target in try Checkout.manifest().targets where modules.contains(target.name) {
            #expect(target.name.hasPrefix("Populus") || target.name.hasPrefix("CPopulus"), "\(target.name)")
            for file in Checkout.swiftFiles(in: target.folder) {
                for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
                where line.hasPrefix("import ") {
                    let imported = line.dropFirst("import ".count)
                    #expect(
                        allowed.contains(imported) || modules.contains(String(imported)),
                        "\(target.name) imports \(imported)")
                }
            }
        }
    }
}
