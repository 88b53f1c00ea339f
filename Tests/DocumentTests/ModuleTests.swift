import Foundation
import Testing

/// The modules as Package.swift, the article Design and the imports have them.
@Suite struct ModuleTests {
    @Test func thePictureIsThatOfThePackage() throws {
        let manifest = try Checkout.manifest()
        let picture = try ModuleGraph(pictureIn: Checkout.design())
        for fault in ModuleGraph(manifest).faults(of: picture, manifest) { Issue.record("Design.md: \(fault)") }
    }

    /// A small package whose picture is right, for changes.
    private static let package = """
        let package = Package(
            name: "sample",
            targets: [
                // From below upwards.
                .target(name: "Base"),
                .target(name: "Rules", dependencies: ["Base", crypto], swiftSettings: [.strictMemorySafety()]),
                .target(
                    name: "Server",
                    dependencies: [
                        "Base", "Rules",
                        .product(name: "NIOCore", package: "swift-nio"),
                    ]),
                .executableTarget(name: "command", dependencies: ["Rules", "Server"]),
                .executableTarget(name: "bench", dependencies: ["Base"], path: "Tools/Bench"),
                .testTarget(name: "RulesTests", dependencies: ["Rules"]),
            ]
        )
        """
    private static let article = """
        ## Modules

        ```
        Base ← Rules ← Server
        Server ← command
        ```
        """

    private static func faults(package: String = package, article: String = article) throws -> [String] {
        let manifest = try Manifest(package)
        return ModuleGraph(manifest).faults(of: try ModuleGraph(pictureIn: article), manifest)
    }

    @Test func aRightPictureHasNoFault() throws {
        #expect(try Self.faults() == [])
    }

    @Test(
        arguments: [
            (
                #".target(name: "Base"),"#, #".target(name: "Base"), .target(name: "New"),"#,
                "the picture lacks the module New"
            ),
            (#"["Base", crypto]"#, "[crypto]", "the picture has the arrow Base ← Rules, and Package.swift does not"),
            (#"["Rules", "Server"]"#, #"["Rules"]"#, "the picture lacks the arrow Rules ← command"),
            (#"["Rules", "Server"]"#, "[]", "the picture has the arrow Server ← command, and Package.swift does not"),
            (#"name: "Server","#, #"name: "Servers","#, "the picture has Server, which is no module"),
        ])
    func aChangedPackageIsNoticed(old: String, new: String, fault: String) throws {
        let faults = try Self.faults(package: Self.package.replacing(old, with: new))
        #expect(faults.contains(fault), "\(faults)")
    }

    @Test(
        arguments: [
            ("Base ← Rules ← Server", "Base ← Rules", "the picture lacks the arrow Rules ← Server"),
            (
                "Server ← command", "Rules, Server ← command",
                "the arrow Rules ← command follows from others: leave it out"
            ),
            (
                "Server ← command", "Server ← command ← Base",
                "the picture has the arrow command ← Base, and Package.swift does not"
            ),
            ("Server ← command", "Server ← command, bench", "the picture has bench, which is no module"),
        ])
    func aChangedPictureIsNoticed(old: String, new: String, fault: String) throws {
        let faults = try Self.faults(article: Self.article.replacing(old, with: new))
        #expect(faults.contains(fault), "\(faults)")
    }

    /// The table below the picture has a row for each module.
    @Test func everyModuleHasARoom() throws {
        let rows = try Checkout.design().split(separator: "\n")
            .drop { $0 != "| module | room |" }.dropFirst(2).prefix { $0.hasPrefix("|") }
        let named = rows.compactMap { $0.split(separator: "`").dropFirst().first.map(String.init) }
        #expect(named.sorted() == (try Checkout.manifest().modules.map(\.name).sorted()))
    }

    /// Each module has a page whose first sentence says what the room is for; those in C have a comment.
    @Test func everyModuleSaysWhatItIsFor() throws {
        for module in try Checkout.manifest().modules {
            let isC = Checkout.swiftFiles(in: module.folder).isEmpty
            let header = module.kind == "systemLibrary" ? "shim.h" : "include/\(module.name).h"
            let page = isC ? header : "\(module.name).docc/\(module.name).md"
            let lines = try Checkout.text("\(module.folder)/\(page)").split(separator: "\n")
            if isC {
                #expect(lines.first?.hasPrefix("// ") == true, "\(page) begins without a comment")
            } else {
                #expect(lines.first?.hasPrefix("# ") == true && lines.count > 1, "\(page) has no title")
                #expect(lines.dropFirst().first?.hasPrefix("#") == false, "\(page) has no first sentence")
            }
        }
    }

    /// No folder of code that nothing builds, and no test that nothing runs.
    @Test func everyFolderIsATarget() throws {
        let targets = Set(try Checkout.manifest().targets.map(\.folder))
        for parent in ["Sources", "Tests"] {
            for name in try FileManager.default.contentsOfDirectory(atPath: Checkout.root.appending(path: parent).path)
            {
                let folder = "\(parent)/\(name)"
                guard !Checkout.swiftFiles(in: folder).isEmpty else { continue }
                #expect(targets.contains(folder), "\(folder) is no target of Package.swift")
            }
        }
    }

    /// What a target imports is what it depends on, as far as it is of this package.
    ///
    /// Executables are depended on so that they are built.
    @Test func dependenciesAreWhatIsImported() throws {
        let manifest = try Checkout.manifest()
        let executables = Set(manifest.targets.filter { $0.kind == "executableTarget" }.map(\.name))
        let names = Set(manifest.targets.map(\.name))
        for target in manifest.targets {
            var imported: Set<String> = []
            for file in Checkout.swiftFiles(in: target.folder) {
                for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
                    let words = line.split(separator: " ")
                    if let at = words.firstIndex(of: "import"), at < 3, words.count > at + 1 {
                        imported.insert(String(words[at + 1]))
                    }
                }
            }
            imported.formIntersection(names)
            let unused = target.dependencies.subtracting(imported).subtracting(executables)
            let missing = imported.subtracting(target.dependencies)
            #expect(unused.isEmpty, "\(target.name) depends on \(unused.sorted()) and imports none of them")
            #expect(missing.isEmpty, "\(target.name) imports \(missing.sorted()) and does not depend on them")
        }
    }
}
