import Aggregator
import PopulusDAP
import PopulusVDAF
import Testing

/// Reports of cheating clients: each is turned away where it shows, with its reason counted; nobody else's count moves.
@Suite struct ForgedReportTests {
    @Test func eachIsRejectedWhereItShows() async throws {
        var bounds = TestTask.Bounds()
        bounds.maxLateRejectionsPPM = 300_000
        let simulation = try Simulation(try TestTask(bounds: bounds))
        let factory = simulation.factory
        let honest = WholeWalkTests.values
        try await simulation.upload(honest)
        let value = 0xABCD
        func lost(_ level: Int) -> UInt8 { factory.path(value).bit(level) ? 1 : 2 }

        let twoHot = try factory.report(value) { share, _ in share.controlBits[7] ^= lost(7) }
        let authenticator = try factory.report(value) { share, _ in share.inner[11].authenticator += .one }
        let leafAuthenticator = try factory.report(value) { share, _ in share.leaf.authenticator += .one }
        let randomness = try factory.report(value) { _, inputs in inputs[0].correlatedInner[6] += .one }
        let (one, other) = (try factory.report(value), try factory.report(value))
        let swapped = Report(
            metadata: one.metadata, publicShare: other.publicShare,
            leaderEncryptedInputShare: one.leaderEncryptedInputShare,
            helperEncryptedInputShare: one.helperEncryptedInputShare)
        let truncatedHere = try factory.report(value, truncating: [.leader])
        let truncatedThere = try factory.report(value, truncating: [.helper])
        let foreign = try factory.report(value, sealedFor: try TestTask())
        let replayed = try factory.report(0x1111, id: twoHot.metadata.reportID)
        try await simulation.upload([
            twoHot, authenticator, leafAuthenticator, randomness, swapped, truncatedHere, truncatedThere, foreign,
        ])
        let errors = try await simulation.leader.upload(
            body: UploadRequest(reports: [replayed]).encoded())
        #expect(
            errors
                == UploadErrors(status: [ReportUploadStatus(id: twoHot.metadata.reportID, error: .reportReplayed)])
                .encoded())

        // Until the level where it shows a forged report counts like any other.
        let found = try await simulation.walk(honest, threshold: 5) { level in
            [Int](repeating: value, count: level < 7 ? 3 : level < 11 ? 2 : level < 15 ? 1 : 0)
        }
        #expect(found == [0xABCD: 9, 0x1234: 6, 0xABCE: 5])

        func verification(_ step: UInt16, _ level: Int) -> ReportCount {
            ReportCount(error: .vdafVerifyError, point: .verification(step: step, level: level), count: 1)
        }
        let shared = Set([verification(0, 3), verification(1, 7), verification(2, 11), verification(3, 15)])
        let leader = try await simulation.leader.reportCounts()
        #expect(
            Set(leader)
                == shared.union([
                    ReportCount(error: .reportReplayed, point: .upload, count: 1),
                    ReportCount(error: .hpkeDecryptError, point: .opening, count: 2),
                    // Its own, and the one that the Helper turned away.
                    ReportCount(error: .invalidMessage, point: .opening, count: 2),
                ]))
        let helper = try await simulation.helper.reportCounts()
        #expect(
            Set(helper) == shared.union([ReportCount(error: .invalidMessage, point: .opening, count: 1)]))
    }

    @Test func aShardOfNothingButForgeries() async throws {
        let simulation = try Simulation(try TestTask(), shardReports: 3)
        let other = try TestTask()
        try await simulation.upload([9, 9, 9])
        try await simulation.upload(try (0..<3).map { _ in try simulation.factory.report(9, sealedFor: other) })
        try await simulation.upload(try (0..<3).map { _ in try simulation.factory.report(9, truncating: [.helper]) })
        try await simulation.upload(
            try (0..<3).map { _ in
                try simulation.factory.report(9) { _, inputs in inputs[0].correlatedInner[6] += .one }
            })
        try await simulation.upload([9, 9, 9])
        let values = [Int](repeating: 9, count: 6)
        #expect(try await simulation.walk(values, threshold: 3) == [9: 6])
    }

    @Test func aPublicShareOfAnotherLengthIsRefusedAtUpload() async throws {
        let simulation = try Simulation(try TestTask())
        let good = try simulation.factory.report(0x1234)
        let junk = Report(
            metadata: ReportMetadata(reportID: .random(), time: good.metadata.time),
            publicShare: Array(good.publicShare.dropLast()),
            leaderEncryptedInputShare: good.leaderEncryptedInputShare,
            helperEncryptedInputShare: good.helperEncryptedInputShare)
        let errors = try await simulation.leader.upload(
            body: UploadRequest(reports: [junk, good]).encoded())
        #expect(
            errors
                == UploadErrors(status: [ReportUploadStatus(id: junk.metadata.reportID, error: .invalidMessage)])
                .encoded())
    }

    @Test func uploadsThatCannotBeTaken() async throws {
        let simulation = try Simulation(try TestTask())
        let future = try simulation.factory.report(1, time: simulation.clock.now + 3600)
        let good = try simulation.factory.report(1)
        let stale = Report(
            metadata: ReportMetadata(reportID: .random(), time: good.metadata.time), publicShare: good.publicShare,
            leaderEncryptedInputShare: HpkeCiphertext(configID: 99, enc: [1], payload: [1]),
            helperEncryptedInputShare: good.helperEncryptedInputShare)
        let body = UploadRequest(reports: [future, good, stale]).encoded()
        let answer = try #require(try await simulation.leader.upload(body: body))
        #expect(
            try UploadErrors(decoding: answer).status == [
                ReportUploadStatus(id: future.metadata.reportID, error: .reportTooEarly),
                ReportUploadStatus(id: stale.metadata.reportID, error: .outdatedConfig),
            ])
        #expect(
            await problem { _ = try await simulation.leader.upload(body: body + [1]) }
                == .invalidMessage)
    }
}
