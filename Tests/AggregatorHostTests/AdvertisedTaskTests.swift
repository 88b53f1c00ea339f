import Aggregator
import AggregatorServer
import PopulusDAP
import PopulusSchemes
import PopulusTaskFiles
import Testing

/// Tasks that requests bring: taken up where the operator wants some, by what the operator's file permits.
///
/// Spec: draft-ietf-ppm-dap-taskprov (July 2026) §3.5 to §3.8
@Suite struct AdvertisedTaskTests {
    private typealias Process = TaskprovProcess

    /// Nothing is known of a task before, and it is served after its first request, and after a restart.
    @Test(arguments: [Role.leader, .helper]) func aRequestBringsATask(role: Role) async throws {
        let files = try TaskprovParts.files()
        let disk = TaskprovParts.disk(role)
        var process = try Process(disk, files)
        let task = try TaskprovParts.task()
        // Clients fetch keys before they bring the first task.
        let keys = (role == .leader ? files.leader : files.helper).hpkeKeys.map(\.config)
        #expect(try await process.keys() == keys)
        #expect(await process.ask(task.taskID, field: nil) == .init(404, .unrecognizedTask))
        #expect(await process.ask(task.taskID, field: task.fieldValue) == process.served)
        let listed = try await process.tasks.list().tasks
        #expect(listed.map(\.taskID) == [task.taskID] && listed.map(\.source) == [.store])
        #expect(listed.map(\.name) == ["brought 0"])
        // Again, and without the field: it is there.
        #expect(await process.ask(task.taskID, field: task.fieldValue) == process.served)
        #expect(await process.ask(task.taskID, field: nil) == process.served)
        #expect(try await process.keys() == keys)
        try await process.end()
        // Without the file what was taken up goes on, and nothing more is.
        process = try Process(disk, nil, leadersToken: files.leader.peers[0].aggregatorToken)
        #expect(await process.ask(task.taskID, field: nil) == process.served)
        let other = try TaskprovParts.task(1)
        #expect(await process.ask(other.taskID, field: other.fieldValue) == .init(404, .unrecognizedTask))
        try await process.end()
    }

    /// Off by default: whatever the field holds, it is as if it were not there.
    @Test(arguments: [Role.leader, .helper]) func withoutAFileTheFieldIsIgnored(role: Role) async throws {
        let process = try Process(TaskprovParts.disk(role), nil)
        let task = try TaskprovParts.task()
        for value in [task.fieldValue, "nonsense", try TaskprovParts.task(1).fieldValue] {
            #expect(await process.ask(task.taskID, field: value) == .init(404, .unrecognizedTask))
        }
        #expect(try await process.tasks.list().tasks == [])
        try await process.end()
    }

    /// An ID that is not that of the field is unknown, be the field's task served or not, and be the ID's.
    @Test(arguments: [Role.leader, .helper]) func theIDIsThatOfTheField(role: Role) async throws {
        let process = try Process(TaskprovParts.disk(role), try TaskprovParts.files())
        let (one, other) = (try TaskprovParts.task(), try TaskprovParts.task(1))
        let unknown = TaskprovProcess.Answer(404, .unrecognizedTask)
        #expect(await process.ask(one.taskID, field: other.fieldValue) == unknown)
        #expect(try await process.tasks.list().tasks == [])
        #expect(await process.ask(one.taskID, field: one.fieldValue) == process.served)
        #expect(await process.ask(one.taskID, field: other.fieldValue) == unknown)
        #expect(await process.ask(other.taskID, field: one.fieldValue) == unknown)
        // What is no value is ignored: the task is there.
        for value in ["", "x", ":AAAA:", one.fieldValue + ", " + other.fieldValue] {
            #expect(await process.ask(one.taskID, field: value) == process.served)
        }
        #expect(try await process.tasks.list().tasks.count == 1)
        try await process.end()
    }

    /// invalidTask for whatever this aggregator takes no part in, before the body is read.
    @Test(arguments: [Role.leader, .helper]) func optingOut(role: Role) async throws {
        let process = try Process(TaskprovParts.disk(role), try TaskprovParts.files())
        let now = TaskprovParts.now / 60
        let interval = { (start: UInt64, units: UInt64) in
            TaskExtension.taskInterval(Interval(start: Time(units: start), duration: TimeDuration(units: units)))
        }
        var tasks = [
            try TaskprovParts.task(minBatchSize: 9), try TaskprovParts.task(extensions: []),
            try TaskprovParts.task(extensions: [interval(now - 20, 10)]),
            try TaskprovParts.task(extensions: [interval(now, 1 << 40)]),
            try TaskprovParts.task(vdaf: .poplar1(bits: 32)),
            try TaskprovParts.task(vdaf: .prio3Sum(maxMeasurement: 9)),
            try TaskprovParts.task(helper: "http://127.0.0.1:3/"),
            try TaskprovParts.task(leader: "http://127.0.0.1:3/"),
        ]
        // A VDAF that nobody knows.
        var bytes = tasks[0].bytes
        bytes.replaceSubrange((bytes.count - 28)..<(bytes.count - 24), with: [0xFF, 0xFF, 0, 1])
        tasks.append(try #require(TaskAdvertisement(fieldValue: ByteSequenceItem.text(of: bytes))))
        #expect(tasks.last?.configuration == nil)
        for task in tasks {
            #expect(await process.ask(task.taskID, field: task.fieldValue) == .init(400, .invalidTask))
            #expect(process.admits(task) == false)
        }
        #expect(try await process.tasks.list().tasks == [])
        try await process.end()
    }

    /// Only the Leader that was agreed with brings tasks to a Helper.
    @Test func strangersBringNothingToAHelper() async throws {
        let process = try Process(TaskprovParts.disk(.helper), try TaskprovParts.files())
        let task = try TaskprovParts.task()
        for (token, status) in [("another-token-of-somebody", 403), ("", 401)] {
            #expect(await process.ask(task.taskID, field: task.fieldValue, token: token).status == status)
        }
        #expect(try await process.tasks.list().tasks == [])
        try await process.end()
    }

    /// Where the file has upload tokens, clients show one before they bring a task.
    @Test func clientsShowAnUploadToken() async throws {
        let drawn = TaskFile.UploadToken.draw()
        let process = try Process(TaskprovParts.disk(.leader), try TaskprovParts.files(uploadTokens: [drawn.kept]))
        let task = try TaskprovParts.task()
        for token in ["", "another-token-of-somebody"] {
            #expect(await process.ask(task.taskID, field: task.fieldValue, token: token).status == 401)
        }
        #expect(try await process.tasks.list().tasks == [])
        #expect(await process.ask(task.taskID, field: task.fieldValue, token: drawn.token) == process.served)
        #expect(await process.ask(task.taskID, field: task.fieldValue, token: "").status == 401)
        try await process.end()
    }

    /// A Collector that comes before the first client hears that the task is unknown, and comes again.
    @Test func aCollectorBringsNothing() async throws {
        let files = try TaskprovParts.files()
        let process = try Process(TaskprovParts.disk(.leader), files)
        let task = try TaskprovParts.task()
        func collect() async -> TaskprovProcess.Answer {
            await process.ask(
                task.taskID, field: task.fieldValue, token: files.collector.collectorToken, "collection_jobs",
                .collectionJobReq)
        }
        #expect(await collect() == .init(404, .unrecognizedTask))
        #expect(try await process.tasks.list().tasks == [])
        #expect(await process.ask(task.taskID, field: task.fieldValue) == process.served)
        #expect(await collect() == .init(400, .invalidMessage))
        try await process.end()
    }
}
