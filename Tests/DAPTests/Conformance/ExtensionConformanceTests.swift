import PopulusDAP
import PopulusWireCodec
import Testing

/// The four kinds of extensions on the wire: unknown ones, any order, duplicates (§4.2.2, §4.4.3, §4.5.1, §4.6.2).
///
/// Lists of reports and jobs decode in any order, because each has an error of its own for a wrong one; a task with a
/// wrong one is no task.
@Suite struct ExtensionConformanceTests {
    private static let orders: [[UInt16]] = [[], [7], [7, 9], [9, 7], [7, 7], [0], [0xFFFF]]

    @Test(arguments: orders)
    func reportsCarryAnyList(_ types: [UInt16]) throws {
        let list = types.map { ReportExtension(type: $0, data: [1]) }
        let metadata = ReportMetadata(reportID: Sample.reportID, time: Time(units: 1), publicExtensions: list)
        #expect(try ReportMetadata(decoding: metadata.encoded()).publicExtensions == list)
        let share = PlaintextInputShare(privateExtensions: list, payload: [1])
        #expect(try PlaintextInputShare(decoding: share.encoded()).privateExtensions == list)
        #expect(list.types(notIn: []) == types)
        #expect(list.isStrictlyIncreasing == (types == types.sorted() && Set(types).count == types.count))
    }

    @Test(arguments: orders)
    func jobsCarryAnyList(_ types: [UInt16]) throws {
        let aggregation = types.map { AggregationJobExtension(type: $0, data: []) }
        let request = AggregationJobInitReq(
            verificationKeyID: 0, aggregationParameter: [], extensions: aggregation, verifyInits: [])
        #expect(try AggregationJobInitReq(decoding: request.encoded()).extensions == aggregation)
        let collection = types.map { CollectionJobExtension(type: $0, data: [2, 3]) }
        let job = CollectionJobReq(query: .leaderSelected, aggregationParameter: [], extensions: collection)
        #expect(try CollectionJobReq(decoding: job.encoded()).extensions == collection)
    }

    @Test(arguments: orders)
    func tasksCarryAnIncreasingListOnly(_ types: [UInt16]) throws {
        let list = types.map { TaskExtension(type: $0, data: [1]) }
        if list.isStrictlyIncreasing {
            let task = try Sample.task(extensions: list)
            #expect(try TaskConfiguration(decoding: task.encoded()) == task)
            #expect(task.unsupportedExtensions(walk: .provisional) == types)
        } else {
            #expect(throws: WireError.badValue("extensions: order")) { try Sample.task(extensions: list) }
            var bytes = Array(try Sample.task(extensions: []).encoded().dropLast(2))
            var writer = WireWriter()
            writer.append(list16: list)
            bytes += writer.bytes
            #expect(throws: WireError.badValue("extensions: order")) { try TaskConfiguration(decoding: bytes) }
        }
    }

    @Test(arguments: ["", "00", "0000000000000001", "00000000000000010000000000000002ff"])
    func aTaskIntervalMustDecode(_ data: String) throws {
        #expect(throws: WireError.badValue("task_interval")) {
            try Sample.task(extensions: [TaskExtension(type: 1, data: hex(data))])
        }
        #expect(try Sample.task(extensions: [.taskInterval(Sample.interval)]).taskInterval == Sample.interval)
        #expect(try Sample.task(extensions: []).taskInterval == nil)
    }
}
