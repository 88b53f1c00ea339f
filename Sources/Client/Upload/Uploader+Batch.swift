import DAP
import DAPRequests
import VDAF
import WireCodec

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
    var nextBatch = 0
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
    /// Makes a batch's reports and brings them to the Leader.
    func send(
        _ batch: UploadBatch, ids: UploadJournal, configs: HpkeConfigCache, mayHaveBeenSent: Bool
    ) async -> Result<UploadBatch, UploadFailure> {
        var batch = batch
        do throws(UploadFailure) {
            let entry = try await configs.maker()
            var failed = try await deliver(&batch, batch.lines, ids, entry.maker, mayHaveBeenSent)
            // An aggregator may have a new key: once more with the configurations of now.
            let outdated = failed.filter { Self.isOutdated($0.error) }
            if !outdated.isEmpty {
                let fresh = try await configs.maker(butNot: entry.generation)
                failed.removeAll { Self.isOutdated($0.error) }
                failed += try await deliver(&batch, outdated.map(\.line), ids, fresh.maker, mayHaveBeenSent)
            }
            for failure in failed.sorted(by: { $0.line.number < $1.line.number }) {
                batch.tally.refused += 1
                report(.reportRefused(line: failure.line.number, failure.error))
            }
            return .success(batch)
        } catch {
            return .failure(error)
        }
    }

    private static func isOutdated(_ error: ReportError) -> Bool {
        error == .outdatedConfig || error == .hpkeUnknownConfigID
    }

    /// Makes and sends the reports of `lines`; returns those that the Leader refused.
    private func deliver(
        _ batch: inout UploadBatch, _ lines: [InputLine], _ ids: UploadJournal, _ maker: ReportMaker,
        _ mayHaveBeenSent: Bool
    ) async throws(UploadFailure) -> [(line: InputLine, error: ReportError)] {
        var request = WireWriter(capacity: lines.count * maker.reportSize)
        var sent: [ReportID: InputLine] = [:]
        for line in lines {
            guard !Task.isCancelled else { throw .request(.cancelled) }
            guard let id = ReportID(bytes: ids.reportID(line: line.number)) else { continue }
            switch measurement(of: line) {
            case .success(let measurement):
                do throws(ReportMakerError) {
                    request.append(try maker.report(of: measurement, id: id))
                } catch {
                    throw .report(error)
                }
                sent[id] = line
            case .failure(let reason):
                batch.tally.unencodable += 1
                report(.lineRefused(number: line.number, reason: reason.text))
            }
        }
        guard !sent.isEmpty else { return [] }
        let answer: (errors: UploadErrors, repeated: Bool)
        do throws(DAPRequestError) {
            answer = try await transport.upload(request.bytes)
        } catch {
            throw .request(error)
        }
        var failed: [(line: InputLine, error: ReportError)] = []
        for status in answer.errors.status {
            guard let line = sent.removeValue(forKey: status.id) else { continue }
            if status.error == .reportReplayed, answer.repeated || mayHaveBeenSent {
                // The Leader has it from before.
                batch.tally.accepted += 1
            } else {
                failed.append((line, status.error))
            }
        }
        batch.tally.accepted += sent.count
        return failed
    }

    /// Why a line makes no report.
    private struct LineRefusal: Error {
        let text: String
    }

    /// What a line says; a line of which only the beginning was kept is refused with its true length.
    private func measurement(of line: InputLine) -> Result<VdafMeasurement, LineRefusal> {
        guard line.length <= measurements.longestLine else {
            return .failure(LineRefusal(text: "too long: it has \(line.length) bytes"))
        }
        do throws(MeasurementError) {
            return .success(try measurements.measurement(of: line.bytes))
        } catch {
            return .failure(LineRefusal(text: error.description))
        }
    }
}
