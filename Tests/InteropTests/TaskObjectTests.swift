import Interop
import PopulusDAP
import Testing

/// What a request says of a task, and what holds where it says nothing.
@Suite struct TaskObjectTests {
    static let id = Base64URL.encode([UInt8](repeating: 7, count: 32))
    static let least = """
        "task_id": "\(id)", "leader": "http://l/", "helper": "http://h/x/", "vdaf": {"type": "Prio3Count"}
        """

    private func task(_ members: String = "") throws -> TaskObject {
        try CommandReader.read(TaskObject.self, from: Array("{\(Self.least)\(members)}".utf8))
    }

    @Test func defaults() throws {
        let task = try task()
        let configuration = try task.configuration()
        #expect(task.isIncomplete)
        #expect(configuration.taskInfo == Array("task-info".utf8))
        #expect(configuration.leaderEndpoint == Array("http://l/".utf8))
        #expect(configuration.helperEndpoint == Array("http://h/x/".utf8))
        #expect(configuration.timePrecision.seconds == 3600)
        #expect(configuration.minBatchSize == 1)
        #expect(configuration.batchMode == .timeInterval)
        #expect(configuration.extensions.isEmpty)
    }

    @Test func everyMember() throws {
        let task = try task(
            """
            , "time_precision": 60, "min_batch_size": 10, "batch_mode": 2, "query_type": 1, "task_info": "AAEC",
            "task_start": 600, "task_end": 1200
            """)
        let configuration = try task.configuration()
        #expect(!task.isIncomplete)
        #expect(configuration.taskInfo == [0, 1, 2])
        #expect(configuration.timePrecision.seconds == 60)
        #expect(configuration.minBatchSize == 10)
        #expect(configuration.batchMode == .leaderSelected)
        #expect(try configuration.taskInterval == Interval(start: Time(units: 10), duration: TimeDuration(units: 10)))
        #expect(try self.task(#", "query_type": 2"#).configuration().batchMode == .leaderSelected)
    }

    @Test(arguments: [
        #", "batch_mode": 3"#, #", "time_precision": 0"#, #", "task_info": """#, #", "task_start": 0"#,
        #", "task_end": 3600"#, #", "task_start": 3600, "task_end": 3600"#, #", "task_start": 1, "task_end": 3600"#,
        #", "walk": {}"#,
    ])
    func whatCannotBeIsRefused(members: String) throws {
        let task = try task(members)
        #expect {
            try task.configuration()
        } throws: {
            if case .refused? = $0 as? InteropError { true } else { false }
        }
    }

    @Test func theHelperIsNeeded() throws {
        let json = Self.least.replacing(#", "helper": "http://h/x/""#, with: "")
        let task = try CommandReader.read(TaskObject.self, from: Array("{\(json)}".utf8))
        #expect(throws: InteropError.self) { try task.configuration() }
    }

    @Test func walksHaveTheDefaultsOfTaskNew() throws {
        let json = Self.least.replacing(#"{"type": "Prio3Count"}"#, with: #"{"type": "Poplar1", "bits": "8"}"#)
        func walk(_ members: String) throws -> WalkTaskExtension? {
            let text = "{\(json), \"min_batch_size\": 20, \"walk\": {\(members)}}"
            return try CommandReader.read(TaskObject.self, from: Array(text.utf8)).configuration().walkExtension()
        }
        #expect(
            try walk("")
                == WalkTaskExtension(
                    minThreshold: 20, maxLateRejectionsPPM: 10_000, maxSteps: 8, maxCandidates: 65_536,
                    firstStepMaxLevel: 6, firstStepMaxCandidates: 128, maxLife: TimeDuration(units: 168)))
        #expect(
            try walk(
                #""min_threshold": 5, "max_late_rejections_ppm": 1, "max_steps": 2, "max_candidates": 30, "#
                    + #""max_bits_per_step": 3, "first_step_max_level": 3, "first_step_max_candidates": 9, "max_life": 7200"#
            )
                == WalkTaskExtension(
                    minThreshold: 5, maxLateRejectionsPPM: 1, maxSteps: 2, maxCandidates: 30, maxBitsPerStep: 3,
                    firstStepMaxLevel: 3, firstStepMaxCandidates: 9, maxLife: TimeDuration(units: 2)))
        #expect(throws: InteropError.self) { try walk(#""max_life": 0"#) }
        for member in [#""max_steps": 1"#, #""max_bits_per_step": 0"#, #""max_bits_per_step": 17"#] {
            #expect(throws: InteropError.self) { try walk(member) }
        }
    }

    @Test func queriesAreInUnitsOfTheTimePrecision() throws {
        func query(_ json: String) throws -> Query {
            try CommandReader.read(QueryObject.self, from: Array(json.utf8)).query(
                precision: TimePrecision(seconds: 300))
        }
        let interval = Interval(start: Time(units: 2), duration: TimeDuration(units: 3))
        #expect(
            try query(#"{"type": 1, "batch_interval_start": 600, "batch_interval_duration": 900}"#)
                == .timeInterval(interval))
        #expect(try query(#"{"type": 2}"#) == .leaderSelected)
        #expect(try query(#"{"type": 2, "subtype": 1}"#) == .leaderSelected)
        for json in [
            #"{"type": 3}"#, #"{"type": 1}"#, #"{"type": 2, "subtype": 0}"#,
            #"{"type": 1, "batch_interval_start": 601, "batch_interval_duration": 900}"#,
            #"{"type": 1, "batch_interval_start": 600, "batch_interval_duration": 0}"#,
            #"{"type": 1, "batch_interval_start": 18446744073709551616, "batch_interval_duration": 900}"#,
            #"{"type": 256}"#, #"{"type": "1"}"#,
        ] {
            #expect(throws: InteropError.self) { try query(json) }
        }
    }
}
