import Foundation
import Testing

/// What documents name is there: files, folders, types, options, and the pages and pictures that they lead to.
@Suite struct ReferenceTests {
    private static let names = Result { try Names() }

    /// None where they cannot be listed, which `everyDocumentIsRead` says.
    private static let documents = (try? Checkout.documents()) ?? []

    @Test(arguments: documents)
    func whatADocumentNamesIsThere(path: String) throws {
        let names = try Self.names.get()
        let document = Document(try Checkout.text(path), folder: (path as NSString).deletingLastPathComponent)
        for fault in document.faults(names) { Issue.record("\(path): \(fault)") }
    }

    @Test func everyDocumentIsRead() throws {
        let documents = try Checkout.documents()
        #expect(documents.contains("README.md") && documents.contains(".github/CONTRIBUTING.md"))
        #expect(documents.contains("Sources/PopulusDAP/PopulusDAP.docc/WalkExtension.md"))
        #expect(documents.count > 20)
    }

    /// A front page that nobody has to scroll for long.
    @Test func theREADMEIsShort() throws {
        let lines = try Checkout.text("README.md").split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count <= 121)
    }

    /// The first page of the guides has a row for each command.
    @Test func theFirstPageNamesEveryCommand() throws {
        let page = try Checkout.text("Sources/populus/populus.docc/populus.md")
        var named = 0
        for file in Checkout.swiftFiles(in: "Sources/populus") {
            let code = try String(contentsOf: file, encoding: .utf8)
            // Commands that only group others have none to run.
            guard !code.contains("subcommands:") else { continue }
            for match in code.matches(of: /commandName: "([a-z]+)"/) {
                named += 1
                #expect(page.contains(" \(match.output.1)`"), "the article Populus lacks the command \(match.output.1)")
            }
        }
        #expect(named > 10)
    }

    @Test(
        arguments: [
            ("see `Sources/PopulusDAP/Nothing.swift`", "there is no Sources/PopulusDAP/Nothing.swift"),
            ("run `Tools/nothing`", "there is no Tools/nothing"),
            ("see `Design+Nothing.swift`", "there is no file Design+Nothing.swift"),
            ("see `NothingOfTheKind`", "nothing is called NothingOfTheKind"),
            ("give `--nothing-of-the-kind`", "there is no option --nothing-of-the-kind"),
            ("[this](nothing.md)", "nothing is at nothing.md"),
            ("![a picture](nothing.svg)", "nothing is at nothing.svg"),
            ("<doc:Nothing>", "there is no article Nothing beside it"),
        ])
    func whatIsNotThereIsNoticed(text: String, fault: String) throws {
        let document = Document("# A page\n\n\(text).\n", folder: "Sources/populus/populus.docc")
        #expect(document.faults(try Self.names.get()) == [fault])
    }

    @Test func whatIsThereIsNoFault() throws {
        let text = """
            `Sources/PopulusDAP`, `Package.swift`, `WalkRules`, `Schemes.all`, `--min-batch-size`, <doc:Design>,
            [a page](Design.md), [elsewhere](https://example.org/nothing.md), `x;\\x3d1`, `GET /healthz`
            ```
            `Sources/Nothing` in a block of code is an example
            ```
            """
        #expect(Document(text, folder: "Sources/populus/populus.docc").faults(try Self.names.get()) == [])
    }
}
