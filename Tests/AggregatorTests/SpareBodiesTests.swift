import Aggregator
import PopulusDAP
import Testing

/// The memory of requests that were sent: it is worth nothing where an array with two owners gets other memory.
@Suite struct SpareBodiesTests {
    private static let shareSize = 8

    @Test func theNextRequestHasTheMemoryOfTheOneBefore() throws {
        let report = Report(
            metadata: ReportMetadata(reportID: .random(), time: Time(units: 1)), publicShare: [1, 2, 3],
            leaderEncryptedInputShare: HpkeCiphertext(configID: 1, enc: [1], payload: [2]),
            helperEncryptedInputShare: HpkeCiphertext(configID: 2, enc: [3], payload: [4]))
        let slices = try ReportSlices(decoding: report.encoded())
        let spare = SpareBodies()
        var (places, requests): (Set<UInt>, Set<[UInt8]>) = ([], [])
        for _ in 0..<3 {
            var body = InitRequestBody(
                head: AggregationJobInitReq(
                    verificationKeyID: 1, aggregationParameter: [1], extensions: [], verifyInits: []),
                shareSize: Self.shareSize, capacity: 1 << 20, memory: spare.take())
            body.append(slices)
            body.append(slices)
            let request = body.finish(verifierShares: [UInt8](repeating: 7, count: 2 * Self.shareSize))
            places.insert(request.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) })
            requests.insert(request.map { $0 })
            spare.give(consume request)
        }
        #expect(places.count == 1)
        #expect(requests.count == 1)
    }
}
