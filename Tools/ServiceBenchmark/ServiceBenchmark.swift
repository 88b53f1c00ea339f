import ArgumentParser
import BenchmarkSupport
import Foundation
import PopulusCollector
import PopulusDAP
import PopulusTaskFiles

/// Measures the running service: both aggregators as processes, an upload, and a walk whose result is checked.
@main struct ServiceBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "service-benchmark",
        abstract: "Uploads reports to two aggregators on loopback, and walks to the popular strings.",
        discussion: """
            Strings are random bits from a seed, drawn with Zipf's law. Reports are made before they are sent, and only \
            sending is timed. The walk is timed from the first collection request to the CSV file, and a result that \
            differs from the plaintext count is an error. Needs about 30 kB of disk a report of 256 bits.
            """)

    @Option(help: "How many reports.")
    var reports = 10_000

    @Option(help: "How many strings they are drawn from.")
    var strings = 10_000

    @Option(help: "The exponent of Zipf's law.")
    var exponent = 1.03

    @Option(help: "The votes that a string needs: a count, or a share such as 0.1%.")
    var threshold = "0.1%"

    @Option(help: "Bits of a string, a multiple of 4.")
    var bits = 256

    @Option(help: "What strings and draws are made of.")
    var seed: UInt64 = 1

    @Option(help: "How many bits a step moves on: auto, or 1 to 16.")
    var bitsPerStep = "auto"

    @Option(help: "Requests with reports that are under way at once.")
    var connections = 8

    @Option(help: "Reports that are made ahead and kept in memory.")
    var chunk = 50_000

    @Option(help: "The most MiB that are written to measure the disk's sequential rate.")
    var diskMegabytes = 2048

    @Option(help: "Threads of each aggregator that evaluate reports.")
    var threads: Int?

    @Option(help: "MiB of each aggregator for state carried from step to step.")
    var stateMemory: Int?

    @Option(help: "Milliseconds of a round trip between all parties; needs --relay.")
    var roundTrip: Int?

    @Option(help: "The relay that passes messages on later: Tools/delay-relay of the checkout.")
    var relay: String?

    @Option(help: "Where a folder for everything is made; it is removed at the end. (default: the temporary folder)")
    var folder: String?

    @Option(help: "Keep a copy of task and stores after the upload in this folder, which is made.")
    var save: String?

    @Option(help: "Walk what another run has saved, instead of uploading; the same options for strings and reports.")
    var from: String?

    @Flag(help: "Upload, and do not walk.")
    var uploadOnly = false

    @Flag(help: "A run of 200 reports of 32 bits, to see that everything works.")
    var smoke = false

    @Flag(help: "Print one JSON document.")
    var json = false

    @Option(help: "The populus executable. (default: the one beside this program)")
    var populus: String?

    mutating func validate() throws {
        if smoke { (reports, strings, bits, threshold, diskMegabytes) = (200, 50, 32, "5%", 16) }
        guard (1...100_000_000).contains(reports), (1...10_000_000).contains(strings) else {
            throw ValidationError("--reports is 1 to 100,000,000, --strings 1 to 10,000,000")
        }
        guard (4...65_532).contains(bits), bits % 4 == 0 else { throw ValidationError("--bits is a multiple of 4") }
        guard connections > 0, chunk > 0, diskMegabytes > 0 else {
            throw ValidationError("--connections, --chunk and --disk-megabytes are at least 1")
        }
        guard Threshold(threshold) != nil else { throw ValidationError("--threshold is a count or a share") }
        guard (roundTrip == nil) == (relay == nil), roundTrip.map({ (0...10_000).contains($0) }) ?? true else {
            throw ValidationError("--round-trip is 0 to 10,000, and goes with --relay")
        }
        guard BitsPerStep(bitsPerStep) != nil else { throw ValidationError("--bits-per-step is auto or 1 to 16") }
    }

    func run() async throws {
        let parent = folder.map { URL(filePath: $0) } ?? FileManager.default.temporaryDirectory
        let scratch = parent.appending(path: "populus-benchmark-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
        // A folder that stays is seen, and is nobody's harm.
        defer { try? FileManager.default.removeItem(at: scratch) }
        let report = try await measure(in: scratch)
        print(json ? try BenchmarkSupport.json(report, pretty: true) : report.text)
    }

    private var executable: String {
        if let populus { return populus }
        // Without a path of its own the program is looked for in the current folder, and the start says what is missing.
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return URL(filePath: own).deletingLastPathComponent().appending(path: "populus").path
    }

    private static let notice: @Sendable (String) -> Void = { FileHandle.standardError.write(Data("\($0)\n".utf8)) }

    private func measure(in scratch: URL) async throws -> ServiceReport {
        let corpus = Corpus(reports: reports, strings: strings, bits: bits, exponent: exponent, seed: seed)
        let votes = Int(Threshold(threshold)?.votes(among: UInt64(reports)) ?? 1)
        var options: [String] = []
        if let threads { options += ["--threads", "\(threads)"] }
        if let stateMemory { options += ["--state-memory", "\(stateMemory)"] }
        let line = relay.map { DelayedLine(relay: $0, milliseconds: roundTrip ?? 0) }
        let service = Service(
            folder: scratch.appending(path: "service"), populus: executable, options: options, line: line)
        var report = ServiceReport(
            cpu: Machine.cpu, path: Machine.path, cores: ProcessInfo.processInfo.activeProcessorCount,
            reports: reports, strings: strings, exponent: exponent, bits: bits, seed: seed, threshold: threshold,
            votes: votes, bitsPerStep: bitsPerStep, roundTripMilliseconds: roundTrip)
        do {
            if let from {
                try FileManager.default.copyItem(at: URL(filePath: from), to: service.folder)
            } else {
                try FileManager.default.createDirectory(at: service.folder, withIntermediateDirectories: false)
                try await service.makeTask(bits: bits, threshold: votes, reports: reports)
            }
            try await service.start()
            if from == nil {
                let upload = try uploadRun(corpus, service)
                report.upload = try await service.serving { try await upload.run() }
                try measureDisk(service, &report)
            }
            if let save { try await keep(service, in: save, &report) }
            if !uploadOnly {
                let walk = try walkRun(corpus, votes, service)
                report.walk = try await service.serving { try await walk.run() }
            }
            report.add(service.use)
        } catch {
            await service.stop()
            throw error
        }
        await service.stop()
        let timings = try KeyAgreement.measure(isSmoke: smoke)
        report.nanosecondsPerX25519 = timings.agreement
        report.nanosecondsPerBlock = timings.hashBlock
        return report
    }

    private func uploadRun(_ corpus: Corpus, _ service: Service) throws -> UploadRun {
        UploadRun(
            task: try TaskFile(readingFrom: service.task("client"), as: .client), corpus: corpus, bits: bits,
            connections: connections, chunk: chunk, leader: service.leader?.pid ?? 0, notice: Self.notice)
    }

    private func measureDisk(_ service: Service, _ report: inout ServiceReport) throws {
        let bytes = report.upload?.leaderReportBytes ?? 0
        report.diskBytesPerSecond = try DiskRate.measure(
            in: service.folder, bytes: min(diskMegabytes << 20, max(bytes, 1 << 20)))
    }

    /// Copies task and stores, at rest.
    private func keep(_ service: Service, in path: String, _ report: inout ServiceReport) async throws {
        report.add(service.use)
        await service.stop()
        try FileManager.default.copyItem(at: service.folder, to: URL(filePath: path))
        try await service.start()
    }

    private func walkRun(_ corpus: Corpus, _ votes: Int, _ service: Service) throws -> WalkRun {
        WalkRun(
            task: try TaskFile(readingFrom: service.task("collector"), as: .collector), corpus: corpus, bits: bits,
            votes: votes, bitsPerStep: bitsPerStep, folder: service.folder, leader: service.leader?.pid ?? 0,
            helper: service.helper?.pid ?? 0, notice: Self.notice)
    }
}
