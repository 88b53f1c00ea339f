import Foundation
import PopulusDAP
import PopulusDurableFiles
import PopulusEvents
import PopulusHTTPRequests

/// What happens in an upload.
package enum UploadEvent: Hashable, Sendable {
    /// The upload begins, or goes on after what is settled already; the first event.
    case started(UploadJournal.Progress)
    /// The Leader or the Helper does not answer as it should, and is asked again.
    case waiting(ServerAbsence)
    /// A line was left out.
    case lineRefused(number: Int, LineRefusal)
    /// The code word for other strings is uploaded in place of a line.
    case lineIsOther(number: Int, LineRefusal)
    /// The Leader refused the report of a line.
    case reportRefused(line: Int, ReportError)
    /// Larger requests were refused for their size; from now on they have so many reports at most.
    case requestsAreSmaller(reports: Int, bytes: Int)
    /// Everything up to a line is settled.
    case settled(UploadJournal.Progress)
    /// All of the input is settled; the last event.
    case finished(UploadJournal.Progress)
    /// The upload cannot go on; the last event.
    case failed(UploadFailure)
}

/// Why a line makes no report, or none of its own.
package enum LineRefusal: Error, Hashable, Sendable {
    /// It has more bytes than any measurement of the task.
    case tooLong(bytes: Int)
    case noLine(InputLine.Fault)
    case noMeasurement(MeasurementError)
}

/// Why an upload cannot go on.
package enum UploadFailure: Error, Hashable, Sendable {
    case request(DAPRequestError)
    /// The input cannot be taken.
    case input(InputError)
    /// A request with a single report is refused for its size.
    case tooLarge(bytes: Int)
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
    let listener: any EventListener<UploadEvent>

    package init(
        taskID: TaskID, configuration: TaskConfiguration, codePoints: WalkCodePoints = .provisional,
        measurements: MeasurementReader, transport: any UploadTransport, limits: Limits = Limits(),
        listener: any EventListener<UploadEvent>
    ) {
        self.taskID = taskID
        self.configuration = configuration
        self.codePoints = codePoints
        self.measurements = measurements
        self.transport = transport
        self.limits = limits
        self.listener = listener
    }

    /// Uploads the lines of an input from where `journal` stands.
    ///
    /// - Parameters:
    ///   - resumed: whether reports may have been sent before under the journal's IDs.
    ///   - journalPath: where the journal is kept; it is durable before the first report leaves. None where the input
    ///     cannot be read again.
    /// - Returns: the journal at the end.
    package func upload(
        _ source: UploadSource, journal start: UploadJournal, resumed: Bool, journalPath: String?
    ) async throws(UploadFailure) -> UploadJournal {
        listener.hear(.started(start.settled))
        do throws(UploadFailure) {
            let journal = try await run(source, journal: start, resumed: resumed, journalPath: journalPath)
            listener.hear(.finished(journal.settled))
            return journal
        } catch {
            listener.hear(.failed(error))
            throw error
        }
    }

    private func run(
        _ source: UploadSource, journal start: UploadJournal, resumed: Bool, journalPath: String?
    ) async throws(UploadFailure) -> UploadJournal {
        try await source.skip(start.settled)
        // Nothing has left before the journal is on the disk; a server that is not there leaves none behind.
        let configs = HpkeConfigCache { () async throws(UploadFailure) in try await makeMaker() }
        let maker = try await configs.maker().maker
        try save(start, to: journalPath, durable: true)
        let perRequest = max(1, min(limits.requestReports, limits.requestBytes / maker.reportSize))
        let run = Run(
            ids: start, configs: configs, size: RequestSize(reports: perRequest), mayHaveBeenSent: resumed)
        return try await sendAll(of: source, run, journalPath: journalPath)
    }

    /// What comes to an end while batches are read and sent.
    private enum Done: Sendable {
        case read(Result<UploadBatch?, UploadFailure>)
        case sent(Result<UploadBatch, UploadFailure>)
    }

    /// Reads one batch while others are under way, and keeps the journal at what is settled.
    private func sendAll(
        of source: UploadSource, _ run: Run, journalPath: String?
    ) async throws(UploadFailure) -> UploadJournal {
        let outcome: Result<UploadJournal, UploadFailure> = await withTaskGroup(of: Done.self) { group in
            var progress = UploadRun(settled: run.ids.settled)
            var journal = run.ids
            var (underWay, isReading, atEnd) = (0, false, false)
            do throws(UploadFailure) {
                while true {
                    if !atEnd, !isReading, underWay < limits.requests {
                        isReading = true
                        group.addTask { .read(await source.next(of: run.size.reports)) }
                    }
                    guard let done = await group.next() else { break }
                    switch done {
                    case .read(let result):
                        isReading = false
                        guard let batch = try result.get() else {
                            atEnd = true
                            continue
                        }
                        underWay += 1
                        group.addTask { .sent(await send(batch, run)) }
                    case .sent(let result):
                        underWay -= 1
                        guard progress.settle(try result.get()) else { continue }
                        journal.settled = progress.settled
                        try save(journal, to: journalPath, durable: false)
                        listener.hear(.settled(progress.settled))
                    }
                }
                // What is read ends early when the task is cancelled.
                guard !Task.isCancelled else { throw .request(.cancelled) }
                return .success(journal)
            } catch {
                group.cancelAll()
                return .failure(error)
            }
        }
        return try outcome.get()
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

    private func save(_ journal: UploadJournal, to path: String?, durable: Bool) throws(UploadFailure) {
        guard let path else { return }
        do throws(DurableFileError) {
            try DurableFile.write(journal.encoded(), to: path, durable: durable)
        } catch {
            throw .journal(error)
        }
    }
}
