import Foundation
import PopulusDAP
import PopulusWireCodec
import Testing

/// Requirements on single values.
@Suite struct BasicConformanceTests {
    /// DAP §4.1: no URL is written in another way than the parties agreed on, however odd.
    @Test(arguments: ["HTTP://Example.COM:80/%7Ea/../b//?q#f", "http://h", "http://h/", "http://[::1]:1/ a"])
    func urlsStayAsTheyAre(_ url: String) throws {
        let sample = try Sample.task()
        let task = try TaskConfiguration(
            taskInfo: sample.taskInfo, leaderEndpoint: Array(url.utf8), helperEndpoint: Array((url + "/").utf8),
            timePrecision: sample.timePrecision, minBatchSize: 1, batchMode: .timeInterval, vdaf: .prio3Count,
            extensions: [])
        let read = try TaskConfiguration(decoding: task.encoded())
        #expect(read.leaderEndpoint == Array(url.utf8))
        let length = [UInt8(url.utf8.count >> 8), UInt8(url.utf8.count & 0xFF)]
        let expected = [UInt8(sample.taskInfo.count)] + sample.taskInfo + length + Array(url.utf8)
        let input = InputShareAad(
            taskID: Sample.taskID, taskConfiguration: read, reportMetadata: Sample.metadata, publicShare: [])
        let aggregate = AggregateShareAad(
            taskID: Sample.taskID, taskConfiguration: read, collectionJobReq: Sample.collectionJobReq)
        for digested in [input.encoded(), aggregate.encoded()] {
            #expect(digested.dropFirst(32).starts(with: expected))
        }
    }

    /// DAP §4.1: the code points of report errors.
    @Test func reportErrorsHaveTheirCodePoints() {
        let names = [
            "batch_collected", "report_replayed", "report_dropped", "hpke_unknown_config_id", "hpke_decrypt_error",
            "vdaf_verify_error", "task_expired", "invalid_message", "report_too_early", "task_not_started",
            "outdated_config",
        ]
        #expect(ReportError.allCases.map(\.name) == names)
        #expect(ReportError.allCases.map(\.rawValue) == Array(1...11))
    }

    /// DAP §4.1.1: a time is rounded down to its unit, so that its bucket (§5.1.3) contains it.
    @Test(arguments: [1, 60, 3600, 1_000_000_007])
    func timesAreRoundedDown(_ seconds: UInt64) throws {
        let precision = TimePrecision(seconds: seconds)
        for second in [0, 1, seconds - 1, seconds, seconds + 1, 1_729_629_081, .max] {
            let time = Time(secondsSinceEpoch: second, precision: precision)
            let start = time.secondsSinceEpoch(precision: precision)
            #expect(start <= second && second - start < seconds)
            let bucket = Interval(start: time, duration: TimeDuration(units: 1))
            #expect(time.units == .max || bucket.contains(time))
        }
    }

    /// DAP §4.1.1: before, inside and after, up to the ends of the number range.
    @Test func intervalsNeverOverflow() {
        func interval(_ start: UInt64, _ duration: UInt64) -> Interval {
            Interval(start: Time(units: start), duration: TimeDuration(units: duration))
        }
        let last = interval(.max - 1, 1)
        #expect(last.isWellFormed && last.end == Time(units: .max))
        #expect(last.contains(Time(units: .max - 1)) && !last.contains(Time(units: .max)))
        #expect(!interval(.max, 1).isWellFormed && interval(.max, 1).contains(Time(units: .max)))
        #expect(!interval(0, 0).contains(Time(units: 0)) && !interval(0, 0).isWellFormed)
        #expect(interval(0, .max).isWellFormed && interval(0, .max).contains(last))
        #expect(!interval(0, .max).contains(interval(.max, 1)) && !interval(.max, 2).contains(last))
        #expect(Interval(containing: Time(units: 0), Time(units: .max)).duration.units == .max)
    }

    /// DAP §3.6: the eleven types, each in the namespace of the draft.
    @Test func problemTypesAreThoseOfTheDraft() {
        let names = [
            "invalidMessage", "unrecognizedTask", "unrecognizedAggregationJob", "batchInvalid", "invalidBatchSize",
            "invalidAggregationParameter", "batchMismatch", "stepMismatch", "batchOverlap", "unsupportedExtension",
            "invalidExtension",
            // Of draft-ietf-ppm-dap-taskprov, §2.
            "invalidTask",
        ]
        let prefix = "urn:ietf:params:ppm:dap:error:"
        let known = ProblemType.known.map(\.uri)
        #expect(known.filter { $0.hasPrefix("urn:ietf:params:ppm:dap") } == names.map { prefix + $0 })
        for (name, type) in zip(names, ProblemType.known) {
            let document = ProblemDocument(type: type, status: 400, taskID: Sample.taskID)
            let json = try? JSONSerialization.jsonObject(with: Data(document.encoded())) as? [String: Any]
            #expect(json?["type"] as? String == prefix + name)
            #expect(json?["taskid"] as? String == Sample.taskID.base64URL)
            #expect((json?["title"] as? String)?.isEmpty == false)
        }
    }

    /// DAP §4.5.4.3: bitwise, in any order, over buckets that are merged; a bucket without reports is 32 zero bytes.
    @Test func checksumsDoNotDependOnTheOrder() {
        let ids = (0..<5).map { Sample.id(UInt8($0)) as ReportID }
        let whole = BatchChecksum(of: ids)
        #expect(BatchChecksum(of: ids.reversed()) == whole)
        var merged = BatchChecksum()
        for part in [ids[2...], ids[..<1], ids[1..<2]] { merged.merge(BatchChecksum(of: part)) }
        #expect(merged == whole)
        #expect(BatchChecksum().bytes == [UInt8](repeating: 0, count: 32))
    }
}
