import PopulusDAP
import PopulusHTTPRequests
import PopulusVDAF
import PopulusWireCodec

/// Some consecutive lines, whose reports go into one request.
struct UploadBatch: Sendable {
    /// Counted from 0.
    let number: Int
    /// The lines that are not empty.
    var lines: [InputLine] = []
    /// The number of the last line, empty ones included.
    var through = 0
    /// The bytes of the input up to there.
    var bytes = 0
    /// SHA-256 of the input up to there.
    var digest = ""
    var tally = UploadTally()

    init(number: Int) {
        self.number = number
    }
}

/// Which batches are settled.
struct UploadRun {
    private(set) var settled: UploadJournal.Progress
    private var expected = 0
    private var early: [Int: UploadBatch] = [:]

    init(settled: UploadJournal.Progress) {
        self.settled = settled
    }

    /// Takes a batch in; returns whether everything up to a later line is settled now.
    mutating func settle(_ batch: UploadBatch) -> Bool {
        early[batch.number] = batch
        let before = expected
        while let next = early.removeValue(forKey: expected) {
            settled.lines = next.through
            settled.bytes = next.bytes
            settled.digest = next.digest
            settled.tally += next.tally
            expected += 1
        }
        return expected > before
    }
}

extension Uploader {
    /// What the reports of a run have in common.
    struct Run: Sendable {
        let ids: UploadJournal
        let configs: HpkeConfigCache
        let size: RequestSize
        /// Whether reports may have been sent before under the journal's IDs.
        let mayHaveBeenSent: Bool
    }

    /// Makes a batch's reports and brings them to the Leader.
    func send(_ batch: UploadBatch, _ run: Run) async -> Result<UploadBatch, UploadFailure> {
        var batch = batch
        do throws(UploadFailure) {
            let entry = try await run.configs.maker()
            let lines = measured(&batch)
            var failed = try await deliver(&batch, lines, run, entry.maker)
            // An aggregator may have a new key: once more with the configurations of now.
            let outdated = failed.filter { Self.isOutdated($0.error) }
            if !outdated.isEmpty {
                let fresh = try await run.configs.maker(butNot: entry.generation)
                failed.removeAll { Self.isOutdated($0.error) }
                failed += try await deliver(&batch, outdated.map(\.line), run, fresh.maker)
            }
            for failure in failed.sorted(by: { $0.line.number < $1.line.number }) {
                batch.tally.refused += 1
                listener.hear(.reportRefused(line: failure.line.number, failure.error))
            }
            return .success(batch)
        } catch {
            return .failure(error)
        }
    }

    private static func isOutdated(_ error: ReportError) -> Bool {
        error == .outdatedConfig || error == .hpkeUnknownConfigID
    }

    /// What the report of a line says.
    private struct MeasuredLine {
        let number: Int
        let measurement: VdafMeasurement
        /// Whether it is the code word for other strings.
        let isOther: Bool
    }

    /// A report that is ready to be sent.
    private struct MadeReport {
        let id: ReportID
        let line: MeasuredLine
        /// Where its bytes end among those of its batch.
        let end: Int
    }

    private typealias Failed = [(line: MeasuredLine, error: ReportError)]

    /// The lines that make a report, with what it says; the others are counted as left out.
    private func measured(_ batch: inout UploadBatch) -> [MeasuredLine] {
        var lines: [MeasuredLine] = []
        lines.reserveCapacity(batch.lines.count)
        for line in batch.lines {
            switch measurement(of: line) {
            case .success(let measurement):
                lines.append(MeasuredLine(number: line.number, measurement: measurement, isOther: false))
            case .failure(let reason):
                guard let other = measurements.other else {
                    batch.tally.unencodable += 1
                    listener.hear(.lineRefused(number: line.number, reason))
                    continue
                }
                lines.append(MeasuredLine(number: line.number, measurement: other, isOther: true))
                listener.hear(.lineIsOther(number: line.number, reason))
            }
        }
        return lines
    }

    /// Makes and sends the reports of `lines`; returns those that the Leader refused.
    private func deliver(
        _ batch: inout UploadBatch, _ lines: [MeasuredLine], _ run: Run, _ maker: ReportMaker
    ) async throws(UploadFailure) -> Failed {
        var writer = WireWriter(capacity: lines.count * maker.reportSize)
        var made: [MadeReport] = []
        for line in lines {
            guard !Task.isCancelled else { throw .request(.cancelled) }
            guard let id = ReportID(bytes: run.ids.reportID(line: line.number)) else { continue }
            do throws(ReportMakerError) {
                writer.append(try maker.report(of: line.measurement, id: id))
            } catch {
                throw .report(error)
            }
            made.append(MadeReport(id: id, line: line, end: writer.bytes.count))
        }
        return try await transmit(&batch, made, writer.bytes, run)
    }

    /// Sends reports in as many requests as the way to the Leader takes; returns those that the Leader refused.
    private func transmit(
        _ batch: inout UploadBatch, _ made: [MadeReport], _ bytes: [UInt8], _ run: Run
    ) async throws(UploadFailure) -> Failed {
        var failed: Failed = []
        var rest = made[...]
        var start = 0
        while !rest.isEmpty {
            let piece = rest.prefix(run.size.reports)
            let end = piece.last?.end ?? start
            let body = start == 0 && end == bytes.count ? bytes : Array(bytes[start..<end])
            let answer: (errors: UploadErrors, repeated: Bool)
            do throws(DAPRequestError) {
                answer = try await transport.upload(body)
            } catch {
                guard case .refused(_, status: 413) = error else { throw .request(error) }
                guard piece.count > 1 else { throw .tooLarge(bytes: body.count) }
                run.size.refuse(piece.count)
                continue
            }
            if run.size.take(piece.count) {
                listener.hear(.requestsAreSmaller(reports: piece.count, bytes: body.count))
            }
            failed += try settle(piece, answer, &batch, run)
            rest = rest.dropFirst(piece.count)
            start = end
        }
        return failed
    }

    /// Counts the reports of a request by what the Leader says of them; returns those that it refused.
    private func settle(
        _ piece: ArraySlice<MadeReport>, _ answer: (errors: UploadErrors, repeated: Bool), _ batch: inout UploadBatch,
        _ run: Run
    ) throws(UploadFailure) -> Failed {
        var sent = [ReportID: MeasuredLine](piece.map { ($0.id, $0.line) }) { first, _ in first }
        var failed: Failed = []
        for status in answer.errors.status {
            guard let line = sent.removeValue(forKey: status.id) else {
                throw .request(.malformed("the Leader refuses reports that were not in the request"))
            }
            if status.error == .reportReplayed, answer.repeated || run.mayHaveBeenSent {
                // The Leader has it from before.
                batch.tally.accept(isOther: line.isOther)
            } else {
                failed.append((line, status.error))
            }
        }
        for line in sent.values { batch.tally.accept(isOther: line.isOther) }
        return failed
    }

    /// What a line says; a line of which only the beginning was kept is refused with its true length.
    private func measurement(of line: InputLine) -> Result<VdafMeasurement, LineRefusal> {
        guard line.length <= measurements.longestLine else {
            return .failure(.tooLong(bytes: line.length))
        }
        if let fault = line.fault { return .failure(.noLine(fault)) }
        do throws(MeasurementError) {
            return .success(try measurements.measurement(of: line.bytes))
        } catch {
            return .failure(.noMeasurement(error))
        }
    }
}
