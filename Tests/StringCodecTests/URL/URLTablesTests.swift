import Foundation
import PopulusStringCodec
import Testing
import URLTraining

/// The tables and their figures, made again from the data beside the repository, or in the folder that the variable
/// `POPULUS_SHARED_DATA` names; skipped where they are absent.
@Suite struct URLTablesTests {
    private static let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
    private static let folder =
        ProcessInfo.processInfo.environment["POPULUS_SHARED_DATA"].map { URL(fileURLWithPath: $0) }
        ?? package.deletingLastPathComponent().appendingPathComponent("shared/data")
    private static let urls = folder.appendingPathComponent("test-list-urls.txt")
    private static let domains = folder.appendingPathComponent("opendns-top-domains.txt")
    static let hasData = [urls, domains].allSatisfy { FileManager.default.fileExists(atPath: $0.path) }

    private static func text() throws -> TrainingText {
        try TrainingText(
            urls: TrainingText.lines(Data(contentsOf: urls)), domains: TrainingText.lines(Data(contentsOf: domains)),
            seed: TrainingText.shippedSeed)
    }

    @Test(.enabled(if: hasData, "SKIPPED: the data of url-1 are not there"))
    func theTablesComeOutTheSame() throws {
        let made = TableSource.file(
            URLTrainer.tables(try Self.text()), urls: Self.urls.lastPathComponent,
            domains: Self.domains.lastPathComponent, seed: TrainingText.shippedSeed)
        let file = Self.package.appendingPathComponent("Sources/PopulusStringCodec/URL/URLTables.swift")
        let shipped = try String(contentsOf: file, encoding: .utf8)
        #expect(made == shipped)
        #expect(shipped.utf8.count <= 300_000)
    }

    @Test(.enabled(if: hasData, "SKIPPED: the data of url-1 are not there"))
    func urlsThatWereHeldBackAreShort() throws {
        let figures = try URLFigures(try Self.text().heldBack, seconds: 0)
        #expect(figures.percentile(50) <= 60 && figures.share(within: 256) >= 0.983)
    }
}
