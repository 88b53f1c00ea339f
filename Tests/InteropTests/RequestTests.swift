import Interop
import PopulusDAP
import Testing

/// Whole requests, answers, and what is wrong with those that are none.
@Suite struct RequestTests {
    private static let task = TaskObjectTests.least
    private static let aggregator = """
        \(task), "role": "leader", "leader_authentication_token": "a", "collector_authentication_token": "b",
        "vdaf_verify_key": "AAAA", "collector_hpke_config": "AAA="
        """

    @Test func uploads() throws {
        let least = try CommandReader.read(
            UploadCommand.self, from: Array(#"{\#(Self.task), "measurement": "1"}"#.utf8))
        #expect(least.time == nil && least.send && least.measurement == .number(1))
        let whole = try CommandReader.read(
            UploadCommand.self,
            from: Array(#"{\#(Self.task), "measurement": [true], "time": 5, "send": false, "other": {}}"#.utf8))
        #expect(whole.time == 5 && !whole.send && whole.measurement == .booleans([true]))
    }

    @Test func aggregatorTasks() throws {
        let command = try CommandReader.read(AggregatorTaskCommand.self, from: Array("{\(Self.aggregator)}".utf8))
        #expect(command.role == .leader && command.verifyKey.bytes == [0, 0, 0])
        // Padding is taken.
        #expect(command.collectorHpkeConfig.bytes == [0, 0])
        #expect(command.verificationKeyID == 0 && command.maxBatchQueryCount == nil)
    }

    @Test func collections() throws {
        let json = #"{"task_id": "\#(TaskObjectTests.id)", "query": {"type": 2}}"#
        let command = try CommandReader.read(CollectionCommand.self, from: Array(json.utf8))
        #expect(command.aggregationParameter == nil && command.walkID == nil && command.step == nil)
    }

    @Test(arguments: [
        ("{", "the body is no valid JSON"), ("[]", "the body is no JSON object"), ("", "the body is no valid JSON"),
        ("{}", "the member task_id is missing"), (#"{"task_id": null}"#, "the member task_id"),
        (#"{"task_id": 1}"#, "the member task_id"),
        ("{\(task)}", "the member measurement is missing"),
        (#"{\#(task), "measurement": 1}"#, "the member measurement: expected a string of decimal digits"),
        (#"{\#(task), "measurement": "1", "time": -1}"#, "the body is no valid JSON"),
        (#"{\#(task), "measurement": "1", "time": 1.5}"#, "the body is no valid JSON"),
        (task.replacing("Prio3Count\"", with: "Prio3Sum\", \"bits\": 8").braced, "the member vdaf.bits"),
    ])
    func whatIsWrongIsNamed(json: String, words: String) {
        do {
            _ = try CommandReader.read(UploadCommand.self, from: Array(json.utf8))
            Issue.record("\(json) was read")
        } catch {
            guard case .malformed(let message) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(message.hasPrefix(words), "\(message)")
        }
    }

    @Test func deepNestingIsNoDanger() {
        for body in [String(repeating: "[", count: 1 << 20), String(repeating: "{\"a\":", count: 1 << 18)] {
            #expect(throws: InteropError.self) { try CommandReader.read(PollCommand.self, from: Array(body.utf8)) }
        }
    }

    @Test func answers() {
        var answer = Answer(.complete)
        answer.batchID = BatchID(bytes: [UInt8](repeating: 0xFF, count: 32))
        answer.reportCount = 5
        answer.intervalStart = 60
        answer.intervalDuration = 30
        answer.result = .numbers([DecimalString(0), DecimalString(.max)])
        #expect(
            String(decoding: answer.json(), as: UTF8.self) == """
                {"batch_id":"__________________________________________8","interval_duration":30,\
                "interval_start":60,"report_count":5,\
                "result":["0","340282366920938463463374607431768211455"],"status":"complete"}
                """)
        #expect(String(decoding: Answer(.inProgress).json(), as: UTF8.self) == #"{"status":"in progress"}"#)
    }
}

extension String {
    fileprivate var braced: String { "{\(self)}" }
}
