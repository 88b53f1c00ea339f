import DAP
import DAPRequests
import Foundation
import WireCodec

/// What an upload tells as it goes.
package enum UploadEvent: Hashable, Sendable {
    /// A line was left out.
    case lineRefused(number: Int, reason: String)
    /// The Leader refused the report of a line.
    case reportRefused(line: Int, ReportError)
    /// Everything up to a line is settled.
    case settled(UploadJournal.Progress)
}

/// Why an upload cannot go on.
package enum UploadFailure: Error, Hashable, Sendable {
    case request(DAPRequestError)
    /// The input cannot be read.
    case input(String)
    case journal(DurableFileError)
    /// The journal's lines are not the input's.
    case otherInput(lines: Int)
    case report(ReportMakerError)
}

/// Uploads one report a line, several a request, several requests at once.
package struct Uploader: Sendable {
    /// How much goes into a request and how many are under way.
    package struct Limits: Sendable {
        /// The greatest body, in bytes; one report goes alone whatever its size.
        package var requestBytes = 2 << 20
        package var requestReports = 512
        /// Requests under way: while one is on the network, others are made.
        package var requests = 2 * ProcessInfo.processInfo.activeProcessorCount

        package init() {}
    }

    let taskID: TaskID
    let configuration: TaskConfiguration
    let codePoints: WalkCodePoints
    let measurements: MeasurementReader
    let transport: any UploadTransport
    let limits: Limits
    let report: @Sendable (UploadEvent) -> Void

    package init(
        taskID: TaskID, configuration: TaskConfiguration, codePoints: WalkCodePoints = .provisional,
        measurements: MeasurementReader, transport: any UploadTransport, limits: Limits = Limits(),
        report: @escaping @Sendable (UploadEvent) -> Void
    ) {
        self.taskID = taskID
        self.configuration = configuration
        self.codePoints = codePoints
        self.measurements = measurements
        self.transport = transport
        self.limits = limits
        self.report = report
    }

    /// Uploads the lines of `input` from where `journal` stands.
    ///
    /// - Parameters:
    ///   - resumed: whether reports may have been sent before under the journal's IDs.
    ///   - journalPath: where the journal is kept; it is durable before the first report leaves.
    /// - Returns: the journal at the end.
    package func upload(
        _ input: FileHandle, journal start: UploadJournal, resumed: Bool, journalPath: String
    ) async throws(UploadFailure) -> UploadJournal {
        var reader = LineReader(input, longestLine: measurements.longestLine)
        try skip(start.settled, in: &reader)
        var journal = start
        // Nothing has left before the journal is on the disk; a server that is not there leaves none behind.
        let configs = HpkeConfigCache { () async throws(UploadFailure) in try await makeMaker() }
        let maker = try await configs.maker().maker
        try save(journal, to: journalPath, durable: true)
        var run = UploadRun(settled: start.settled)
        let perRequest = max(1, min(limits.requestReports, limits.requestBytes / maker.reportSize))

        let outcome: Result<Void, UploadFailure> = await withTaskGroup(
            of: Result<UploadBatch, UploadFailure>.self
        ) { group in
            var underWay = 0
            var atEnd = false
            while true {
                while !atEnd, underWay < limits.requests {
                    let batch: UploadBatch?
                    do throws(UploadFailure) {
                        batch = try nextBatch(of: perRequest, from: &reader, &run)
                    } catch {
                        group.cancelAll()
                        return .failure(error)
                    }
                    guard let batch else {
                        atEnd = true
                        break
                    }
                    underWay += 1
                    let ids = journal
                    group.addTask {
                        await send(batch, ids: ids, configs: configs, mayHaveBeenSent: resumed)
                    }
                }
                guard let done = await group.next() else { return .success(()) }
                underWay -= 1
                switch done {
                case .success(let batch):
                    guard run.settle(batch) else { continue }
                    journal.settled = run.settled
                    do throws(UploadFailure) {
                        try save(journal, to: journalPath, durable: false)
                    } catch {
                        group.cancelAll()
                        return .failure(error)
                    }
                    report(.settled(run.settled))
                case .failure(let error):
                    group.cancelAll()
                    return .failure(error)
                }
            }
        }
        try outcome.get()
        return journal
    }

    private func makeMaker() async throws(UploadFailure) -> (maker: ReportMaker, freshFor: Double) {
        let configs: HpkeConfigs
        do throws(DAPRequestError) {
            configs = try await transport.hpkeConfigs()
        } catch {
            throw .request(error)
        }
        do throws(ReportMakerError) {
            let maker = try ReportMaker(
                taskID: taskID, configuration: configuration, codePoints: codePoints, leader: configs.leader,
                helper: configs.helper)
            return (maker, configs.freshFor)
        } catch {
            throw .report(error)
        }
    }

    /// Reads over the lines that are settled.
    private func skip(_ settled: UploadJournal.Progress, in reader: inout LineReader) throws(UploadFailure) {
        for _ in 0..<settled.lines where try next(&reader) == nil {
            throw .otherInput(lines: settled.lines)
        }
        guard settled.lines == 0 || reader.digest == settled.digest else { throw .otherInput(lines: settled.lines) }
    }

    private func next(_ reader: inout LineReader) throws(UploadFailure) -> InputLine? {
        do {
            return try reader.next()
        } catch {
            throw .input(error.localizedDescription)
        }
    }

    /// The next lines that become reports; nil at the input's end.
    private func nextBatch(
        of count: Int, from reader: inout LineReader, _ run: inout UploadRun
    ) throws(UploadFailure) -> UploadBatch? {
        var batch = UploadBatch(number: run.nextBatch)
        while batch.lines.count < count, let line = try next(&reader) {
            batch.through = line.number
            if line.length == 0 {
                batch.tally.empty += 1
            } else {
                batch.lines.append(line)
            }
        }
        guard batch.through > 0 else { return nil }
        batch.digest = reader.digest
        batch.bytes = reader.bytesRead
        run.nextBatch += 1
        return batch
    }

    private func save(_ journal: UploadJournal, to path: String, durable: Bool) throws(UploadFailure) {
        guard let bytes = try? journal.encoded() else { return }
        do throws(DurableFileError) {
            try DurableFile.write(bytes, to: path, durable: durable)
        } catch {
            throw .journal(error)
        }
    }
}
