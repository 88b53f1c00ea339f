import Client
import Foundation
import PopulusDAP
import PopulusEvents
import PopulusHTTPRequests
import PopulusSchemes
import PopulusStringCodec
import PopulusVDAF
import PopulusWireCodec
import Synchronization
import Testing

/// A Leader that keeps reports by ID, and fails as it is told.
final class FakeReports: UploadTransport {
    struct State {
        var reports: [ReportID: Report] = [:]
        var requests = 0
        /// Requests after which the connection breaks, after the reports were taken.
        var breaksAfter = Int.max
        /// The IDs are answered with these errors, once.
        var errors: [ReportError] = []
        /// How often the HPKE configurations were asked for, and for how long they may be used.
        var configs = 0
        var freshFor: Double = 1000
        /// Bodies of more bytes are refused with 413.
        var greatestBody = Int.max
        var refusedForTheirSize = 0
    }

    let state = Mutex(State())
    let leader = HpkeKeyPair.generate(id: 1)
    let helper = HpkeKeyPair.generate(id: 2)

    func hpkeConfigs() async throws(DAPRequestError) -> HpkeConfigs {
        let freshFor = state.withLock { state in
            state.configs += 1
            return state.freshFor
        }
        return HpkeConfigs(leader: leader.config, helper: helper.config, freshFor: freshFor)
    }

    func upload(_ body: [UInt8]) async throws(DAPRequestError) -> (errors: UploadErrors, repeated: Bool) {
        let isTooLarge = state.withLock { state in
            if body.count > state.greatestBody { state.refusedForTheirSize += 1 }
            return body.count > state.greatestBody
        }
        guard !isTooLarge else { throw .refused(ProblemDocument(type: nil, status: 413), status: 413) }
        guard let request = try? UploadRequest(decoding: body) else { throw .malformed("not a request") }
        let (errors, breaks) = state.withLock { state in
            state.requests += 1
            var errors: [ReportUploadStatus] = []
            for report in request.reports {
                let id = report.metadata.reportID
                if let error = state.errors.popLast() {
                    errors.append(ReportUploadStatus(id: id, error: error))
                } else if state.reports[id] != nil {
                    errors.append(ReportUploadStatus(id: id, error: .reportReplayed))
                } else {
                    state.reports[id] = report
                }
            }
            return (errors, state.requests > state.breaksAfter)
        }
        guard !breaks else { throw .unreachable(url: "http://leader.example/", reason: "gone") }
        return (UploadErrors(status: errors), false)
    }
}

@Suite struct UploaderTests {
    private struct Scene {
        let taskID = TaskID.random()
        let configuration: TaskConfiguration
        let transport = FakeReports()
        let folder = FileManager.default.temporaryDirectory.path + "/upload-\(UUID().uuidString)"
        let events = Events()

        final class Events: Sendable {
            let all = Mutex<[UploadEvent]>([])
        }

        init(text: String, vdaf: VdafConfiguration = .poplar1(bits: 64)) throws {
            configuration = try TaskConfiguration(
                taskInfo: Array("test".utf8), leaderEndpoint: Array("http://leader.example/".utf8),
                helperEndpoint: Array("http://helper.example/".utf8), timePrecision: TimePrecision(seconds: 60),
                minBatchSize: 1, batchMode: .leaderSelected, vdaf: vdaf, extensions: [])
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/input"))
        }

        var journalPath: String { folder + "/journal" }

        func newJournal() -> UploadJournal { UploadJournal(task: taskID.base64URL, input: "input") }

        func upload(
            _ journal: UploadJournal, resumed: Bool = false, perRequest: Int = 3,
            unencodable: UnencodableLines = .skip
        ) async throws -> UploadTally {
            var limits = Uploader.Limits()
            limits.requestReports = perRequest
            let events = events
            let uploader = Uploader(
                taskID: taskID, configuration: configuration,
                measurements: try MeasurementReader(
                    vdaf: configuration.vdaf, encoding: BytesEncoding(), unencodable: unencodable),
                transport: transport, limits: limits,
                listener: Hearing<UploadEvent> { event in events.all.withLock { $0.append(event) } })
            let input = try #require(FileHandle(forReadingAtPath: folder + "/input"))
            defer { try? input.close() }
            return try await uploader.upload(
                UploadSource(input), journal: journal, resumed: resumed, journalPath: journalPath
            ).settled.tally
        }

        func cleanUp() {
            try? FileManager.default.removeItem(atPath: folder)
        }
    }

    private static let names = (1...20).map { "n\($0)" }

    @Test func everyLineBecomesAReportThatBothCanOpen() async throws {
        let scene = try Scene(text: Self.names.joined(separator: "\n"))
        defer { scene.cleanUp() }
        #expect(try await scene.upload(scene.newJournal()).accepted == 20)
        let reports = scene.transport.state.withLock { Array($0.reports.values) }
        #expect(reports.count == 20)
        let poplar1 = try Poplar1(bits: 64)
        for report in reports {
            let associatedData = InputShareAad(
                taskID: scene.taskID, taskConfiguration: scene.configuration, reportMetadata: report.metadata,
                publicShare: report.publicShare
            ).encoded()
            for (key, role, ciphertext) in [
                (scene.transport.leader, Role.leader, report.leaderEncryptedInputShare),
                (scene.transport.helper, Role.helper, report.helperEncryptedInputShare),
            ] {
                let share = try PlaintextInputShare(
                    decoding: key.open(
                        ciphertext, label: .inputShare(recipient: role), associatedData: associatedData))
                _ = try poplar1.decodeInputShare(share.payload)
            }
            _ = try poplar1.decodePublicShare(report.publicShare)
        }
    }

    /// A report of every Prio3 variant is what the VDAF's own decoding takes; a line out of range makes none.
    @Test(arguments: [
        (VdafConfiguration.prio3Count, "1\n0\n2"), (.prio3Sum(maxMeasurement: 9), "9\n0\n10"),
        (.prio3SumVec(length: 2, maxMeasurement: 9, chunkLength: 2), "9,0\n1,2\n1"),
        (.prio3Histogram(length: 3, chunkLength: 2), "0\n2\n3"),
        (.prio3MultihotCountVec(length: 3, chunkLength: 2, maxWeight: 1), "0,1,0\n0,0,0\n1,1,0"),
    ])
    func measurementsOfPrio3BecomeReports(vdaf: VdafConfiguration, text: String) async throws {
        let scene = try Scene(text: text, vdaf: vdaf)
        defer { scene.cleanUp() }
        let tally = try await scene.upload(scene.newJournal())
        #expect(tally.accepted == 2 && tally.unencodable == 1)
        let refused = scene.events.all.withLock { $0 }.compactMap { event -> Int? in
            if case .lineRefused(let number, _) = event { return number }
            return nil
        }
        #expect(refused == [3])
        let reports = scene.transport.state.withLock { Array($0.reports.values) }
        let encoded = try vdaf.makeVdaf()
        // Each report's randomness is its own: so are the shares.
        #expect(Set(reports.map(\.helperEncryptedInputShare)).count == 2)
        for report in reports {
            #expect(report.publicShare.count == encoded.publicShareSize)
            let associatedData = InputShareAad(
                taskID: scene.taskID, taskConfiguration: scene.configuration, reportMetadata: report.metadata,
                publicShare: report.publicShare
            ).encoded()
            let share = try PlaintextInputShare(
                decoding: scene.transport.helper.open(
                    report.helperEncryptedInputShare, label: .inputShare(recipient: .helper),
                    associatedData: associatedData))
            #expect(share.payload.count == encoded.inputShareSize(aggregatorID: 1))
        }
    }

    @Test func theSameMeasurementHasOtherSharesEachTime() throws {
        let scene = try Scene(text: "", vdaf: .prio3Sum(maxMeasurement: 9))
        defer { scene.cleanUp() }
        let maker = try ReportMaker(
            taskID: scene.taskID, configuration: scene.configuration, leader: scene.transport.leader.config,
            helper: scene.transport.helper.config)
        let id = ReportID.random()
        let shares = try (0..<20).map { _ in try maker.shard(.integer(5), id: id).inputShares[1] }
        #expect(Set(shares).count == 20)
    }

    // Spec: DAP §4.2.2
    @Test func aTaskWithAnUnknownExtensionIsLeftAlone() throws {
        let scene = try Scene(text: "a")
        defer { scene.cleanUp() }
        let known = scene.configuration
        let configuration = try TaskConfiguration(
            taskInfo: known.taskInfo, leaderEndpoint: known.leaderEndpoint, helperEndpoint: known.helperEndpoint,
            timePrecision: known.timePrecision, minBatchSize: 1, batchMode: .leaderSelected, vdaf: known.vdaf,
            extensions: [TaskExtension(type: 0x7777, data: [])])
        #expect(throws: ReportMakerError.unsupportedExtensions([0x7777])) {
            try ReportMaker(
                taskID: scene.taskID, configuration: configuration, leader: scene.transport.leader.config,
                helper: scene.transport.helper.config)
        }
    }

    @Test func linesThatCannotBeTakenAreNamedAndLeftOut() async throws {
        let scene = try Scene(text: "good\n\ntoo long for it\nb\u{1}d\nn\u{0}l\r\n\r\nfine")
        defer { scene.cleanUp() }
        let tally = try await scene.upload(scene.newJournal())
        #expect(tally.accepted == 2 && tally.unencodable == 3 && tally.empty == 2)
        let refused = scene.events.all.withLock { $0 }.compactMap { event -> Int? in
            if case .lineRefused(let number, _) = event { return number }
            return nil
        }
        #expect(refused.sorted() == [3, 4, 5])
    }

    /// Each line makes a report, and the lines are named and counted; a report that is made once more counts once.
    @Test func linesThatCannotBeTakenAreOneStringWhereThatIsWanted() async throws {
        let scene = try Scene(text: "too long for it\n\ngood\nb\u{1}d\nfine")
        defer { scene.cleanUp() }
        // The first report alone: how lines fall into requests depends on time, and a report that is refused twice is lost.
        scene.transport.state.withLock { $0.errors = [.outdatedConfig] }
        let tally = try await scene.upload(scene.newJournal(), unencodable: .other)
        #expect(tally.accepted == 4 && tally.other == 2 && tally.unencodable == 0 && tally.refused == 0)
        let named = scene.events.all.withLock { $0 }.compactMap { event -> Int? in
            if case .lineIsOther(let number, _) = event { return number }
            return nil
        }
        #expect(named.sorted() == [1, 4])
        #expect(scene.transport.state.withLock { $0.reports.count } == 4)
    }

    /// What lines become is a part of what the journal remembers, and journals of earlier versions can be read.
    @Test func aJournalSaysWhatLinesBecome() throws {
        let scene = try Scene(text: "a")
        defer { scene.cleanUp() }
        let options = "--value url --query keep"
        let journal = UploadJournal(task: "task", input: "input", lineOptions: options)
        try Data(journal.encoded()).write(to: URL(fileURLWithPath: scene.journalPath))
        #expect(try UploadJournal(path: scene.journalPath)?.lineOptions == options)
        let plain = scene.newJournal()
        #expect(plain.lineOptions.isEmpty)
        let text = String(decoding: plain.encoded(), as: UTF8.self)
        let earlier = text.replacing(/\s*"other" : 0,/, with: "")
        #expect(earlier != text && !text.contains("lines\" : \""))
        try Data(earlier.utf8).write(to: URL(fileURLWithPath: scene.journalPath))
        #expect(try UploadJournal(path: scene.journalPath) == plain)
    }

    @Test(arguments: 0..<6)
    func anInterruptedUploadGoesOnWithoutCountingTwice(breaksAfter: Int) async throws {
        let scene = try Scene(text: Self.names.joined(separator: "\n") + "\n")
        defer { scene.cleanUp() }
        scene.transport.state.withLock { $0.breaksAfter = breaksAfter }
        await #expect(throws: UploadFailure.self) { try await scene.upload(scene.newJournal()) }
        let journal = try #require(try UploadJournal(path: scene.journalPath))
        scene.transport.state.withLock { $0.breaksAfter = .max }
        let tally = try await scene.upload(journal, resumed: true)
        #expect(tally.accepted == 20 && tally.refused == 0)
        #expect(scene.transport.state.withLock { $0.reports.count } == 20)
    }

    @Test func requestsThatAreTooLargeAreHalved() async throws {
        let scene = try Scene(text: Self.names.joined(separator: "\n"))
        defer { scene.cleanUp() }
        let size = try ReportMaker(
            taskID: scene.taskID, configuration: scene.configuration, leader: scene.transport.leader.config,
            helper: scene.transport.helper.config
        ).reportSize
        scene.transport.state.withLock { $0.greatestBody = 3 * size }
        #expect(try await scene.upload(scene.newJournal(), perRequest: 16).accepted == 20)
        // Two requests, of 16 and of 4: what one learns the other heeds.
        #expect((1...6).contains(scene.transport.state.withLock { $0.refusedForTheirSize }))
        let told = scene.events.all.withLock { $0 }.compactMap { event -> Int? in
            if case .requestsAreSmaller(let reports, _) = event { return reports }
            return nil
        }
        #expect(!told.isEmpty && told.allSatisfy { $0 <= 2 })
    }

    /// What is planned with before there are reports.
    @Test func theSizeOfAReportIsKnownBefore() async throws {
        let scene = try Scene(text: Self.names.joined(separator: "\n"))
        defer { scene.cleanUp() }
        let size = try ReportMaker(
            taskID: scene.taskID, configuration: scene.configuration, leader: scene.transport.leader.config,
            helper: scene.transport.helper.config
        ).reportSize
        #expect(try await scene.upload(scene.newJournal()).accepted == 20)
        let sizes = scene.transport.state.withLock { Set($0.reports.values.map { $0.encoded().count }) }
        #expect(sizes.count == 1 && sizes.allSatisfy { abs($0 - size) <= 64 }, "\(sizes), \(size) planned")
    }

    @Test func aReportThatIsTooLargeAloneEndsTheUpload() async throws {
        let scene = try Scene(text: Self.names.joined(separator: "\n"))
        defer { scene.cleanUp() }
        scene.transport.state.withLock { $0.greatestBody = 10 }
        let failure = await #expect(throws: UploadFailure.self) { try await scene.upload(scene.newJournal()) }
        guard case .tooLarge(let bytes)? = failure else { throw HarnessError() }
        #expect(bytes > 10)
        #expect(scene.transport.state.withLock { $0.reports.isEmpty })
    }

    private struct HarnessError: Error {}

    /// Lines that come slowly are sent without waiting for others, and none is lost when the input is stopped.
    @Test func slowLinesAreSentSoon() async throws {
        let scene = try Scene(text: "")
        defer { scene.cleanUp() }
        let pipe = Pipe()
        let source = UploadSource(pipe.fileHandleForReading, hold: .milliseconds(50))
        let uploader = Uploader(
            taskID: scene.taskID, configuration: scene.configuration,
            measurements: try MeasurementReader(vdaf: scene.configuration.vdaf, encoding: BytesEncoding()),
            transport: scene.transport, listener: Listeners<UploadEvent>())
        let journal = scene.newJournal()
        let upload = Task {
            try await uploader.upload(source, journal: journal, resumed: false, journalPath: nil)
        }
        for count in 1...3 {
            try pipe.fileHandleForWriting.write(contentsOf: Data("n\(count)\n".utf8))
            for _ in 0..<500 where scene.transport.state.withLock({ $0.reports.count }) < count {
                try await Task.sleep(for: .milliseconds(10))
            }
            #expect(scene.transport.state.withLock { $0.reports.count } == count)
        }
        try pipe.fileHandleForWriting.write(contentsOf: Data("n4\nhalf".utf8))
        try await Task.sleep(for: .milliseconds(200))
        source.stop()
        #expect(try await upload.value.settled.tally.accepted == 4)
        #expect(!FileManager.default.fileExists(atPath: scene.journalPath))
    }

    /// An upload that is cancelled while it waits for its input has not come to its end.
    @Test func aCancelledUploadIsNotFinished() async throws {
        let scene = try Scene(text: "")
        defer { scene.cleanUp() }
        let pipe = Pipe()
        let uploader = Uploader(
            taskID: scene.taskID, configuration: scene.configuration,
            measurements: try MeasurementReader(vdaf: scene.configuration.vdaf, encoding: BytesEncoding()),
            transport: scene.transport, listener: Listeners<UploadEvent>())
        let source = UploadSource(pipe.fileHandleForReading)
        let journal = scene.newJournal()
        let upload = Task {
            try await uploader.upload(source, journal: journal, resumed: false, journalPath: nil)
        }
        try await Task.sleep(for: .milliseconds(100))
        upload.cancel()
        await #expect(throws: UploadFailure.request(.cancelled)) { try await upload.value }
    }

    @Test func aFinishedUploadLeavesANoteWithoutItsKey() async throws {
        let scene = try Scene(text: "a\nb\n")
        defer { scene.cleanUp() }
        let journal = scene.newJournal()
        #expect(try await scene.upload(journal).accepted == 2)
        var note = try #require(try UploadJournal(path: scene.journalPath))
        #expect(note.finished == nil && note.reportID(line: 1) == journal.reportID(line: 1))
        note.finish(at: 1_800_000_000)
        #expect(note.finished == 1_800_000_000 && note.reportID(line: 1) != journal.reportID(line: 1))
        try Data("a\nb\nc".utf8).write(to: URL(fileURLWithPath: scene.folder + "/input"))
        note.reopen()
        #expect(note.finished == nil)
        #expect(try await scene.upload(note).accepted == 1)
        #expect(scene.transport.state.withLock { $0.reports.count } == 3)
    }

    @Test func whatIsNoJournalIsNotReadAsOne() throws {
        let scene = try Scene(text: "a")
        defer { scene.cleanUp() }
        #expect(try UploadJournal(path: scene.folder + "/nothing") == nil)
        let journal = scene.folder + "/real"
        try Data(scene.newJournal().encoded()).write(to: URL(fileURLWithPath: journal))
        #expect(try UploadJournal(path: journal) != nil)
        let link = scene.folder + "/link"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: journal)
        for path in [scene.folder + "/input", scene.folder, link] {
            #expect(throws: UploadJournalError.foreign(path: path)) { try UploadJournal(path: path) }
        }
    }

    @Test func anotherInputIsNotMistakenForTheInterruptedOne() async throws {
        let scene = try Scene(text: Self.names.joined(separator: "\n"))
        defer { scene.cleanUp() }
        var journal = scene.newJournal()
        journal.settled.lines = 3
        journal.settled.digest = "00"
        await #expect(throws: UploadFailure.otherInput(lines: 3)) { try await scene.upload(journal, resumed: true) }
        journal.settled.lines = 21
        await #expect(throws: UploadFailure.otherInput(lines: 21)) { try await scene.upload(journal, resumed: true) }
    }

    @Test func anOutdatedKeyIsFetchedAgain() async throws {
        let scene = try Scene(text: "a\nb\nc")
        defer { scene.cleanUp() }
        scene.transport.state.withLock { $0.errors = [.outdatedConfig] }
        let tally = try await scene.upload(scene.newJournal())
        #expect(tally.accepted == 3 && tally.refused == 0)
        #expect(scene.transport.state.withLock { $0.configs } == 2)
    }

    @Test func anOutdatedKeyIsFetchedAgainOnce() async throws {
        let scene = try Scene(text: "a\nb\nc")
        defer { scene.cleanUp() }
        scene.transport.state.withLock { $0.errors = Array(repeating: .outdatedConfig, count: 4) }
        let tally = try await scene.upload(scene.newJournal())
        #expect(tally.accepted == 2 && tally.refused == 1)
        #expect(scene.transport.state.withLock { $0.configs } == 2)
    }

    // Spec: RFC 9111 §4.2
    @Test(arguments: [(1000.0, 1...1), (0.0, 2...8)])
    func configurationsAreAskedForAsOftenAsTheyAllow(freshFor: Double, asked: ClosedRange<Int>) async throws {
        let scene = try Scene(text: Self.names.joined(separator: "\n"))
        defer { scene.cleanUp() }
        scene.transport.state.withLock { $0.freshFor = freshFor }
        #expect(try await scene.upload(scene.newJournal()).accepted == 20)
        // Seven requests of three reports; those that begin together share an answer.
        let configs = scene.transport.state.withLock { $0.configs }
        #expect(asked.contains(configs))
    }

    @Test func reportsThatTheLeaderRefusesAreCounted() async throws {
        let scene = try Scene(text: "a\nb\nc")
        defer { scene.cleanUp() }
        scene.transport.state.withLock { $0.errors = [.reportTooEarly] }
        let tally = try await scene.upload(scene.newJournal())
        #expect(tally.accepted == 2 && tally.refused == 1)
        #expect(scene.events.all.withLock { $0 }.contains(.reportRefused(line: 1, .reportTooEarly)))
    }

    @Test func aReplayIsARefusalUnlessItMayBeOurOwn() async throws {
        let scene = try Scene(text: "a")
        defer { scene.cleanUp() }
        let journal = scene.newJournal()
        #expect(try await scene.upload(journal).accepted == 1)
        #expect(try await scene.upload(journal).refused == 1)
        #expect(try await scene.upload(journal, resumed: true).accepted == 1)
    }

    @Test func idsDependOnTheJournalAndTheLine() throws {
        let journal = UploadJournal(task: "t", input: "i")
        #expect(journal.reportID(line: 1) != journal.reportID(line: 2))
        #expect(journal.reportID(line: 1) != UploadJournal(task: "t", input: "i").reportID(line: 1))
        #expect(journal.reportID(line: 1).count == 16)
    }
}
