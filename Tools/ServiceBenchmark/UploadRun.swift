import Client
import Foundation
import PopulusDAP
import PopulusHTTPRequests
import PopulusTaskFiles
import PopulusVDAF
import PopulusWireCodec

/// What was measured of an upload.
struct UploadFigures: Codable {
    var reports = 0
    /// Encoded reports as the Leader received them, and the Helper's parts of them, in bytes.
    var leaderReportBytes = 0
    var helperReportBytes = 0
    /// Seconds of sending alone, and of making the reports.
    var seconds = 0.0
    var makingSeconds = 0.0
    /// The bytes of each request for reports; several are under way at once.
    var requestBytes = 0
    var connections = 0
    var leader = ProcessUse()
    /// Seconds on the processor that the client took while it sent.
    var clientCPUSeconds = 0.0

    var reportsPerSecond = 0.0
}

/// Makes reports ahead on all cores and sends them over several connections, one chunk after the other.
struct UploadRun {
    let task: TaskFile
    let corpus: Corpus
    let bits: Int
    let connections: Int
    /// Reports that are in memory at once.
    let chunk: Int
    let leader: pid_t
    let notice: @Sendable (String) -> Void

    /// As much as an uploading client puts into a request.
    private static let limits = Uploader.Limits()

    func run() async throws -> UploadFigures {
        let requester = DAPRequester(timeoutSeconds: 300)
        do {
            let figures = try await run(requester)
            await requester.shutdown()
            return figures
        } catch {
            await requester.shutdown()
            throw error
        }
    }

    private func run(_ requester: DAPRequester) async throws -> UploadFigures {
        let transport = HTTPUploadTransport(
            task: task.taskID, configuration: task.configuration, requester: requester)
        let configs = try await transport.hpkeConfigs()
        let maker = try ReportMaker(
            taskID: task.taskID, configuration: task.configuration, codePoints: task.walkCodePoints,
            leader: configs.leader, helper: configs.helper)
        let perRequest = max(1, min(Self.limits.requestReports, Self.limits.requestBytes / maker.reportSize))
        var figures = UploadFigures()
        figures.connections = connections
        figures.requestBytes = perRequest * maker.reportSize
        var start = 0
        while start < corpus.draws.count {
            let end = min(corpus.draws.count, start + chunk)
            let began = ContinuousClock.now
            let requests = try await make(start..<end, perRequest, maker, &figures)
            figures.makingSeconds += began.duration(to: .now) / .seconds(1)
            try await send(requests, transport, &figures)
            figures.reports += end - start
            figures.reportsPerSecond = Double(figures.reports) / max(figures.seconds, 1e-9)
            start = end
            notice(
                "uploaded \(end) of \(corpus.draws.count) reports, \(Int(figures.reportsPerSecond)) a second; made in "
                    + "\(Int(figures.makingSeconds)) s")
        }
        return figures
    }

    // MARK: Making

    private struct Request: Sendable {
        var body: [UInt8]
        var reports: Int
        var helperBytes: Int
    }

    /// The bodies of the requests for some reports.
    private func make(
        _ range: Range<Int>, _ perRequest: Int, _ maker: ReportMaker, _ figures: inout UploadFigures
    ) async throws -> [Request] {
        let starts = Array(stride(from: range.lowerBound, to: range.upperBound, by: perRequest))
        let requests = try await withThrowingTaskGroup(of: (Int, Request).self) { group in
            let cores = ProcessInfo.processInfo.activeProcessorCount
            var made = [Request?](repeating: nil, count: starts.count)
            for index in starts.indices {
                if index >= 2 * cores, let (done, request) = try await group.next() { made[done] = request }
                let part = starts[index]..<min(range.upperBound, starts[index] + perRequest)
                group.addTask { [corpus, bits] in (index, try Self.request(part, corpus, bits, maker)) }
            }
            for try await (done, request) in group { made[done] = request }
            return made.compactMap { $0 }
        }
        figures.leaderReportBytes += requests.reduce(0) { $0 + $1.body.count }
        figures.helperReportBytes += requests.reduce(0) { $0 + $1.helperBytes }
        return requests
    }

    private static func request(
        _ range: Range<Int>, _ corpus: Corpus, _ bits: Int, _ maker: ReportMaker
    ) throws -> Request {
        var writer = WireWriter(capacity: range.count * maker.reportSize)
        var helperBytes = 0
        for draw in corpus.draws[range] {
            let path = try Prefix(bytes: corpus.strings[Int(draw)], bitCount: bits)
            let report = try maker.report(of: .bits(path), id: .random())
            writer.append(report)
            helperBytes +=
                ReportShare(
                    metadata: report.metadata, publicShare: report.publicShare,
                    encryptedInputShare: report.helperEncryptedInputShare
                ).encodedLength
        }
        return Request(body: writer.bytes, reports: range.count, helperBytes: helperBytes)
    }

    // MARK: Sending

    private func send(
        _ requests: [Request], _ transport: HTTPUploadTransport, _ figures: inout UploadFigures
    ) async throws {
        let before = (leader: ProcessUse(of: leader), client: ProcessUse(of: getpid()))
        let start = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, request) in requests.enumerated() {
                if index >= connections { try await group.next() }
                group.addTask {
                    let answer = try await transport.upload(request.body)
                    if let refused = answer.errors.status.first, refused.error != .reportReplayed || !answer.repeated {
                        throw BenchmarkError("the Leader refused a report: \(refused.error)")
                    }
                }
            }
            try await group.waitForAll()
        }
        figures.seconds += start.duration(to: .now) / .seconds(1)
        figures.leader.add(ProcessUse(of: leader).since(before.leader))
        figures.clientCPUSeconds += ProcessUse(of: getpid()).since(before.client).cpuSeconds
    }
}
