import Foundation
import Testing

/// PopulusVDAF as other implementers have it: from a package outside, by its product alone.
@Suite(.serialized) struct PublicVDAFTests {
    private static let built = Result { try ExamplePackage.build() }

    /// Builds the example, runs its two aggregators, and checks every known answer with it.
    @Test(.timeLimit(.minutes(15))) func everyKnownAnswerThroughThePublicFace() throws {
        let build = try Self.built.get()
        try #require(build.status == 0, "\(build.output)")
        let run = try ExamplePackage.check(ExamplePackage.vectors)
        #expect(run.status == 0, "\(run.output)")
        #expect(run.output.contains("reports that begin with 0110 and 0111: [3, 1]"), "\(run.output)")

        // One circuit is for known answers alone, and not public.
        let files = try FileManager.default.contentsOfDirectory(atPath: ExamplePackage.vectors.path)
            .filter { $0.hasSuffix(".json") }
        let others = files.filter { $0.hasPrefix("Prio3HigherDegree_") }
        let expected = "\(files.count - others.count) equal, \(others.count) of other VDAFs, 0 different"
        #expect(run.output.contains(expected), "\(run.output)")
    }

    /// A known answer with one digit changed is noticed.
    @Test(.timeLimit(.minutes(15)), arguments: ["Prio3Count_0", "Poplar1_0"]) func aWrongAnswerIsNoticed(
        name: String
    ) throws {
        let build = try Self.built.get()
        try #require(build.status == 0, "\(build.output)")
        let folder = FileManager.default.temporaryDirectory.appending(path: "populus-vdaf-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let text = try String(contentsOf: ExamplePackage.vectors.appending(path: "\(name).json"), encoding: .utf8)
        let key = try #require(text.range(of: "\"input_shares\": ["))
        let place = text[key.upperBound...].firstIndex(where: \.isHexDigit)
        let digit = try #require(place)
        let changed = text.replacingCharacters(in: digit...digit, with: text[digit] == "0" ? "1" : "0")
        try Data(changed.utf8).write(to: folder.appending(path: "\(name).json"))
        let run = try ExamplePackage.check(folder)
        #expect(run.status == 1 && run.output.contains("the input share of 0 differs"), "\(run.output)")
    }

    /// Who uses the VDAFs alone builds no server, no cryptographic library and no store.
    @Test(.timeLimit(.minutes(15))) func nothingElseIsBuilt() throws {
        let build = try Self.built.get()
        try #require(build.status == 0, "\(build.output)")
        #expect(
            try ExamplePackage.modules() == ["PopulusKernels", "PopulusWireCodec", "PopulusVDAF", "vdaf_example"])
    }

    /// The article shows lines of the example that these tests run, as they stand there.
    @Test func theArticleShowsTheExample() throws {
        let article = try String(
            contentsOf: ExamplePackage.root.appending(path: "Sources/PopulusVDAF/PopulusVDAF.docc/PopulusVDAF.md"),
            encoding: .utf8)
        let example = try String(
            contentsOf: ExamplePackage.folder.appending(path: "Sources/TwoAggregators.swift"), encoding: .utf8)
        let lines = example.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
        let code = lines.joined(separator: "\n")
        let blocks = article.matches(of: /```swift\n((?:(?!```).*\n)+)```/).map { String($0.output.1) }
        #expect(blocks.count >= 3)
        for block in blocks {
            let shown = block.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
                .joined(separator: "\n")
            #expect(code.contains(shown), "the example has no such lines: \(block)")
        }
    }
}
