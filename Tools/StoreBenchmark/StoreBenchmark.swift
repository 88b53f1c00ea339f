import ArgumentParser
import BenchmarkSupport
import Foundation
import PopulusDAP

/// Measures how long uploads of one task wait while a walk of another one takes its batch.
@main struct StoreBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "store-benchmark",
        abstract: "Freezes a large batch in a store, while another task uploads, and counts uploads a second.",
        discussion: """
            Uploads are one report each, one after the other; an upload waits from its call until it is on disk. Reports \
            are as small as can be. Needs about 250 bytes of disk a report. With --uploads a further task takes requests of \
            100 reports, 16 at a time, as large as reports of 256 bits are.
            """)

    @Option(
        help:
            "A database in PostgreSQL instead of a file: postgresql://… or service=NAME; tasks are made in it, and stay."
    )
    var store: String?

    @Option(help: "How many uploads are counted; 0 for none.")
    var uploads = 0

    @Option(help: "The size of each of them in bytes.")
    var reportBytes = 17_000

    @Option(help: "How many reports wait for the walk.")
    var reports = 1_000_000

    @Option(help: "Milliseconds of uploads before and after each thing that is measured.")
    var milliseconds = 3000

    @Option(
        help: """
            Where a folder for everything is made, on the disk that is measured; it is removed at the end. (default: the \
            temporary folder)
            """)
    var folder: String?

    @Flag(help: "A run of 500 reports, to see that everything works.")
    var smoke = false

    @Flag(help: "Print one JSON object.")
    var json = false

    mutating func validate() throws {
        if smoke { (reports, milliseconds, uploads) = (500, 20, min(uploads, 200)) }
        guard (0...10_000_000).contains(uploads) else { throw ValidationError("--uploads is 0 to 10,000,000") }
        guard (16...1_000_000).contains(reportBytes) else { throw ValidationError("--report-bytes is 16 to 1,000,000") }
        guard (1...5_000_000).contains(reports) else { throw ValidationError("--reports is 1 to 5,000,000") }
        guard (1...60_000).contains(milliseconds) else { throw ValidationError("--milliseconds is 1 to 60,000") }
    }

    mutating func run() async throws {
        let place = folder.map { URL(filePath: $0) } ?? FileManager.default.temporaryDirectory
        let scratch = place.appending(path: "store-benchmark-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
        defer {
            // A folder that stays is seen, and is nobody's harm.
            try? FileManager.default.removeItem(at: scratch)
        }
        var report = StoreReport(cpu: Machine.cpu, path: Machine.path, reports: reports)
        for batch in WaitingBatch.Kind.allCases {
            report.rows += try await measure(batch, in: scratch.appending(path: batch.rawValue))
            // The next one gets the room of this one.
            try FileManager.default.removeItem(at: scratch.appending(path: batch.rawValue))
        }
        if uploads > 0 { report.uploads = try await uploadRate(in: scratch) }
        print(json ? try BenchmarkSupport.json(report) : report.text)
    }

    /// Fills a store, and takes the batch as a Leader does, one thing after the other.
    private func measure(_ kind: WaitingBatch.Kind, in folder: URL) async throws -> [StoreReport.Row] {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        notice("\(reports) uploads, \(kind.rawValue)")
        let batch = try WaitingBatch(kind, in: MeasuredStore(store, in: folder))
        try await batch.fill(reports)
        let pause = Duration.milliseconds(milliseconds)
        let alone = try await Uploads.run(in: batch.other) { try await Task.sleep(for: pause) }
        var rows = [StoreReport.Row(batch: kind.rawValue, what: "nothing else", took: pause, alone, beside: alone)]
        for (what, body) in batch.deeds {
            notice(what)
            let clock = ContinuousClock()
            let (took, waits) = (Slot(Duration.zero), Slot([Duration]()))
            waits.value = try await Uploads.run(in: batch.other) {
                // The uploads are under way before and after it.
                try await Task.sleep(for: pause / 10)
                let began = clock.now
                try await body()
                took.value = clock.now - began
                try await Task.sleep(for: pause / 10)
            }
            rows.append(
                StoreReport.Row(batch: kind.rawValue, what: what, took: took.value, waits.value, beside: alone))
        }
        try batch.close()
        return rows
    }

    private func uploadRate(in folder: URL) async throws -> UploadRate {
        notice("\(uploads) uploads of \(reportBytes) bytes")
        let task = TaskID.random()
        let datastore = try MeasuredStore(store, in: folder).open([task])
        let store = try datastore.open(task, configurationDigest: MeasuredStore.digest, uploads: .open)
        let rate = try await UploadRate.measure(
            of: store, reports: uploads, reportBytes: reportBytes, folder: folder)
        try datastore.close()
        return rate
    }

    private func notice(_ text: String) { FileHandle.standardError.write(Data("store-benchmark: \(text)\n".utf8)) }
}
