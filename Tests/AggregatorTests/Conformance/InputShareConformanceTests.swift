import Aggregator
import PopulusDAP
import PopulusVDAF
import Testing

/// What the Helper checks of each report before it verifies it (DAP §4.5.3.3, §4.5.3.4).
///
/// Every forged report travels between two honest ones, which are not touched by it.
@Suite struct InputShareConformanceTests {
    private func error(
        _ bench: HelperBench, _ forged: Report, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> ReportError? {
        let honest = try bench.reports([1, 2])
        let job = try await bench.create(try bench.job([honest[0], forged, honest[1]]))
        #expect(job.errors.count == 3, sourceLocation: sourceLocation)
        #expect(job.errors.first == .some(nil) && job.errors.last == .some(nil), sourceLocation: sourceLocation)
        return job.errors[1]
    }

    private func error(_ changes: BatchTask.Changes, value: Int = 5) async throws -> ReportError? {
        let bench = try HelperBench(try BatchTask())
        return try await error(bench, try bench.task.report(value, time: bench.now, changing: changes))
    }

    @Test func sharesThatDoNotDecodeAreInvalidMessages() async throws {
        typealias Changes = BatchTask.Changes
        let wrong: [Changes] = [
            Changes(inputShare: { if $0 == .helper { $1.removeLast() } }),
            Changes(inputShare: { if $0 == .helper { $1.append(0) } }),
            Changes(plaintext: { if $0 == .helper { $1.removeLast() } }),
            Changes(plaintext: { if $0 == .helper { $1.append(0) } }),
            Changes(plaintext: { if $0 == .helper { $1 = [0] } }),
            Changes(publicShare: { $0.append(0) }),
        ]
        for changes in wrong { #expect(try await error(changes) == .invalidMessage) }
        // Prio3Histogram has a public share; one that is too short does not decode either.
        let bench = try HelperBench(try BatchTask(.prio3Histogram(length: 10, chunkLength: 3)))
        let short = try bench.task.report(
            3, time: bench.now, changing: Changes(publicShare: { $0.removeLast() }))
        #expect(try await error(bench, short) == .invalidMessage)
    }

    @Test func timesFarAheadAreTooEarly() async throws {
        let bench = try HelperBench(try BatchTask())
        let minutes = bench.settings.toleratedClockSkew / 60
        #expect(try await error(bench, try bench.task.report(1, time: bench.now + minutes)) == nil)
        #expect(try await error(bench, try bench.task.report(1, time: bench.now + minutes + 1)) == .reportTooEarly)
        #expect(try await error(bench, try bench.task.report(1, time: .max)) == .reportTooEarly)
        // The past has no end.
        #expect(try await error(bench, try bench.task.report(1, time: 0)) == nil)
    }

    /// Half open: the start is inside, the end is not.
    @Test func timesOutsideOfTheTasksIntervalAreRejected() async throws {
        let now = TestClock().now / BatchTask.precision.seconds
        let interval = Interval(start: Time(units: now - 10), duration: TimeDuration(units: 11))
        let bench = try HelperBench(try BatchTask(extensions: [.taskInterval(interval)]))
        let expected: [(UInt64, ReportError?)] = [
            (now - 11, .taskNotStarted), (now - 10, nil), (now, nil), (now + 1, .taskExpired), (now + 2, .taskExpired),
            (0, .taskNotStarted), (now + 100, .taskExpired), (.max, .taskExpired),
        ]
        for (time, expected) in expected {
            #expect(try await error(bench, try bench.task.report(1, time: time)) == expected, "\(time)")
        }
    }

    @Test(arguments: [UInt16(0), 1, 23, 0xFF00, 0xFFFF])
    func unknownReportExtensionsAreInvalidMessages(_ type: UInt16) async throws {
        let list = [ReportExtension(type: type, data: [1])]
        #expect(try await error(BatchTask.Changes(publicExtensions: list)) == .invalidMessage)
        #expect(try await error(BatchTask.Changes(privateExtensions: [.helper: list])) == .invalidMessage)
        // The Leader's private ones are not the Helper's to see.
        #expect(try await error(BatchTask.Changes(privateExtensions: [.leader: list])) == nil)
    }

    @Test func oneTypeTwiceIsAnInvalidMessage() async throws {
        let list = [ReportExtension(type: 5, data: [])]
        typealias Changes = BatchTask.Changes
        for changes in [
            Changes(publicExtensions: list, privateExtensions: [.helper: list]),
            Changes(publicExtensions: list + list), Changes(privateExtensions: [.helper: list + list]),
        ] {
            #expect(try await error(changes) == .invalidMessage)
        }
    }

    @Test func reportExtensionsOutOfOrderAreInvalidMessages() async throws {
        let list = [ReportExtension(type: 6, data: []), ReportExtension(type: 5, data: [])]
        #expect(try await error(BatchTask.Changes(publicExtensions: list)) == .invalidMessage)
        #expect(try await error(BatchTask.Changes(privateExtensions: [.helper: list])) == .invalidMessage)
    }

    @Test func sharesThatDoNotOpenAreDecryptErrors() async throws {
        typealias Changes = BatchTask.Changes
        let unknownKey = Changes(ciphertext: { role, sealed in
            HpkeCiphertext(configID: role == .helper ? 99 : sealed.configID, enc: sealed.enc, payload: sealed.payload)
        })
        #expect(try await error(unknownKey) == .hpkeDecryptError)
        let damaged = Changes(ciphertext: { _, sealed in
            HpkeCiphertext(configID: sealed.configID, enc: sealed.enc, payload: sealed.payload.reversed())
        })
        #expect(try await error(damaged) == .hpkeDecryptError)
        // Sealed for another task: the configuration is bound.
        let bench = try HelperBench(try BatchTask())
        let report = try bench.task.report(1, time: bench.now)
        let moved = Report(
            metadata: ReportMetadata(reportID: report.metadata.reportID, time: Time(units: bench.now - 1)),
            publicShare: report.publicShare, leaderEncryptedInputShare: report.leaderEncryptedInputShare,
            helperEncryptedInputShare: report.helperEncryptedInputShare)
        #expect(try await error(bench, moved) == .hpkeDecryptError)
    }

    /// A measurement out of range, and a share of another size of proof: the proof does not verify.
    @Test func invalidMeasurementsAreVerifyErrors() async throws {
        let changes = BatchTask.Changes(inputShare: { if $0 == .leader { $1[0] ^= 1 } })
        #expect(try await error(changes) == .vdafVerifyError)
        let helpers = BatchTask.Changes(inputShare: { if $0 == .helper { $1[0] ^= 1 } })
        #expect(try await error(helpers) == .vdafVerifyError)
    }

    /// Nothing of a rejected report is in the sum.
    @Test func rejectedReportsDoNotCount() async throws {
        let bench = try HelperBench(try BatchTask())
        let forged = try bench.task.report(
            9, time: bench.now, changing: BatchTask.Changes(inputShare: { if $0 == .helper { $1[0] ^= 1 } }))
        let honest = try bench.reports([1, 2])
        _ = try await bench.create(try bench.job([honest[0], forged, honest[1]]))
        let three = try bench.shareRequest((honest + [forged]).map(\.metadata.reportID))
        #expect(await problem { _ = try await bench.share(three) } == .batchMismatch)
        _ = try await bench.share(try bench.shareRequest(honest.map(\.metadata.reportID)))
    }
}
