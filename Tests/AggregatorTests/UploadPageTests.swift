import PopulusDAP
import PopulusVDAF
import Testing

/// The Leader reads a shard's uploads in pages; what it sends does not depend on where they end.
@Suite struct UploadPageTests {
    /// Pages of one upload, of three, and of all.
    @Test(arguments: [1, 4_000, 4 << 20])
    func requestsHoldTheReportsThatOpened(pageBytes: Int) async throws {
        let simulation = try Simulation(try TestTask(), shardReports: 8)
        simulation.settings.uploadPageBytes = pageBytes
        try await simulation.restartLeader()
        let values = WholeWalkTests.values
        var reports = try values.map { try simulation.factory.report($0) }
        let honest = reports
        let foreign = try TestTask()
        for place in [23, 11, 10, 0] {
            reports.insert(try simulation.factory.report(0xABCD, sealedFor: foreign), at: place)
        }
        try await simulation.upload(reports)
        #expect(try await simulation.walk(values, threshold: 5) == [0xABCD: 9, 0x1234: 6, 0xABCE: 5])

        let bodies = simulation.peer.sent.withLock { sent in sent.filter { $0.call == .create }.map(\.body) }
        #expect(bodies.count == 4)
        var sent: [ReportShare] = []
        for body in bodies {
            let request = try AggregationJobInitReq(decoding: body)
            #expect(request.encoded() == body)
            let shares = request.verifyInits.map(\.reportShare)
            let places = shares.compactMap { share in honest.firstIndex { $0.metadata == share.metadata } }
            #expect(places.count == shares.count && places == places.sorted())
            sent += shares
            // Three field elements, and none is left as it was before the evaluation.
            for verifyInit in request.verifyInits {
                let message = try PingPongMessage(decoding: verifyInit.payload)
                guard case .initialize(let share) = message else {
                    Issue.record("not the first message")
                    continue
                }
                #expect(share.count == 3 * Field64.encodedSize && share.contains { $0 != 0 })
            }
        }
        #expect(
            Set(sent)
                == Set(
                    honest.map {
                        ReportShare(
                            metadata: $0.metadata, publicShare: $0.publicShare,
                            encryptedInputShare: $0.helperEncryptedInputShare)
                    }))
        #expect(sent.count == honest.count)
    }
}
