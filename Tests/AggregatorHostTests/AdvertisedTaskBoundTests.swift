import Aggregator
import AggregatorHost
import AggregatorServer
import PopulusDAP
import PopulusTaskFiles
import Testing

/// How many tasks requests can bring, who else knows of them, and how they end.
@Suite struct AdvertisedTaskBoundTests {
    private typealias Process = TaskprovProcess

    private static let optedOut = TaskprovProcess.Answer(400, .invalidTask)

    private func bring(_ number: Int, to process: TaskprovProcess) async throws -> TaskprovProcess.Answer {
        let task = try TaskprovParts.task(number)
        return await process.ask(task.taskID, field: task.fieldValue)
    }

    /// A stranger makes as many tasks as the file permits, and no more: in a day, and at once.
    @Test func theirNumberIsBounded() async throws {
        let files = try TaskprovParts.files { ($0.maxTasks, $0.maxTasksPerDay) = (3, 2) }
        let (disk, clock) = (TaskprovParts.disk(.leader), TaskprovClock(TaskprovParts.now))
        var process = try Process(disk, files, clock: clock)
        for number in 0..<2 { #expect(try await bring(number, to: process) == process.served) }
        #expect(try await bring(2, to: process) == Self.optedOut)
        // Those that are there are served; a restart forgets none of them.
        #expect(try await bring(0, to: process) == process.served)
        try await process.end()
        process = try Process(disk, files, clock: clock)
        #expect(try await bring(2, to: process) == Self.optedOut)
        clock.advance(86_400)
        #expect(try await bring(2, to: process) == process.served)
        // Three go on.
        #expect(try await bring(3, to: process) == Self.optedOut)
        _ = try await process.tasks.end(try TaskprovParts.task(0).taskID, stopping: true)
        #expect(try await bring(3, to: process) == process.served)
        #expect(try await bring(4, to: process) == Self.optedOut)
        #expect(try await process.tasks.list().tasks.count == 4)
        try await process.end()
    }

    /// The bound of the store is for all tasks, whoever adds them.
    @Test func theStoreHasABound() async throws {
        let process = try Process(TaskprovParts.disk(.leader), try TaskprovParts.files(), mostTasks: 2)
        #expect(try await bring(0, to: process) == process.served)
        func register() throws -> TaskRegistration {
            try TaskFileSet(configuration: try #require(TaskprovParts.task(9).configuration), encoding: nil)
                .registration(of: .leader)
        }
        let kept = try register()
        _ = try await process.tasks.add(kept.encoded())
        do {
            _ = try await process.tasks.add(try register().encoded())
            Issue.record("a third task was added")
        } catch let error as TaskDeskError {
            guard case .conflict = error else { throw error }
        }
        #expect(try await bring(1, to: process) == Self.optedOut)
        // That it is full is known by now, before a body is read.
        #expect(try !process.admits(TaskprovParts.task(2)))
        // What is there is there.
        _ = try await process.tasks.add(kept.encoded())
        #expect(try await bring(0, to: process) == process.served)
        try await process.end()
    }

    /// A task that cannot be served is refused before a body is read, and the store never hears of it.
    @Test(arguments: [Role.leader, .helper]) func whatCannotBeServedIsRefusedAtTheDoor(role: Role) async throws {
        let files = try TaskprovParts.files {
            $0.vdafs = ["prio3-histogram"]
            ($0.maxLength, $0.maxElements) = (1 << 40, 1 << 40)
        }
        let process = try Process(TaskprovParts.disk(role), files)
        let good = try TaskprovParts.task(vdaf: .prio3Histogram(length: 8, chunkLength: 8))
        let large = try TaskprovParts.task(vdaf: .prio3Histogram(length: 1 << 30, chunkLength: 1))
        #expect(process.admits(good) && !process.admits(large))
        try await process.end()
    }

    /// Many requests that bring one task at once, at two processes of one role: one task, and nobody is refused.
    @Test(arguments: [Role.leader, .helper]) func twoProcessesMeetOneTask(role: Role) async throws {
        let disk = TaskprovParts.disk(role)
        let files = try TaskprovParts.files()
        let processes = [try Process(disk, files, isShared: true), try Process(disk, files, isShared: true)]
        let task = try TaskprovParts.task()
        let answers = await withTaskGroup(of: TaskprovProcess.Answer.self) { group in
            for number in 0..<16 {
                group.addTask { await processes[number % 2].ask(task.taskID, field: task.fieldValue) }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers == Array(repeating: processes[0].served, count: 16))
        for process in processes { #expect(try await process.tasks.list().tasks.map(\.taskID) == [task.taskID]) }
        // A third one that was not asked finds it in the store.
        let other = try TaskprovParts.task(1)
        #expect(await processes[0].ask(other.taskID, field: other.fieldValue) == processes[0].served)
        try await processes[1].tasks.lookAtOthers()
        #expect(await processes[1].ask(other.taskID, field: nil) == processes[1].served)
        for process in processes { try await process.end() }
    }

    /// What two processes took up counts at both.
    @Test func theBoundHoldsForAllProcesses() async throws {
        let files = try TaskprovParts.files { ($0.maxTasks, $0.maxTasksPerDay) = (2, 2) }
        let disk = TaskprovParts.disk(.leader)
        let processes = [try Process(disk, files, isShared: true), try Process(disk, files, isShared: true)]
        #expect(try await bring(0, to: processes[0]) == processes[0].served)
        #expect(try await bring(1, to: processes[1]) == processes[1].served)
        #expect(try await bring(2, to: processes[0]) == Self.optedOut)
        for process in processes { try await process.end() }
    }

    /// A task is over some time after its end, and is not begun anew by whoever brings it again.
    @Test(arguments: [Role.leader, .helper]) func theyEndByThemselves(role: Role) async throws {
        let (disk, clock) = (TaskprovParts.disk(role), TaskprovClock(TaskprovParts.now))
        let files = try TaskprovParts.files(keepAfterEnd: 600)
        var process = try Process(disk, files, clock: clock)
        let task = try TaskprovParts.task()
        #expect(await process.ask(task.taskID, field: task.fieldValue) == process.served)
        let end = TaskprovParts.end
        clock.set(end + 599)
        await process.tasks.endOldTasks()
        #expect(try await process.tasks.list().tasks.map(\.state) == [.active])
        clock.set(end + 600)
        await process.tasks.endOldTasks()
        #expect(try await process.tasks.list().tasks.map(\.state) == [.ended])
        try await process.end()
        process = try Process(disk, files, clock: clock)
        _ = await process.ask(task.taskID, field: task.fieldValue)
        #expect(try await process.tasks.list().tasks.map(\.state) == [.ended])
        try await process.end()
    }

    /// Without the file too: two weeks after its end.
    @Test(arguments: [Role.leader, .helper]) func theyEndWithoutTheFile(role: Role) async throws {
        let (disk, clock) = (TaskprovParts.disk(role), TaskprovClock(TaskprovParts.now))
        let files = try TaskprovParts.files(keepAfterEnd: 600)
        var process = try Process(disk, files, clock: clock)
        let task = try TaskprovParts.task()
        #expect(await process.ask(task.taskID, field: task.fieldValue) == process.served)
        try await process.end()
        process = try Process(disk, nil, clock: clock, leadersToken: files.leader.peers[0].aggregatorToken)
        clock.set(TaskprovParts.end + 14 * 86_400 - 1)
        await process.tasks.endOldTasks()
        #expect(try await process.tasks.list().tasks.map(\.state) == [.active])
        clock.advance(1)
        await process.tasks.endOldTasks()
        #expect(try await process.tasks.list().tasks.map(\.state) == [.ended])
        try await process.end()
    }

    /// Keys of such tasks are those of the file: a process without it draws none, by schedule or by command.
    @Test(arguments: [Role.leader, .helper]) func theyFollowNoSchedule(role: Role) async throws {
        let (disk, clock) = (TaskprovParts.disk(role), TaskprovClock(TaskprovParts.now))
        let files = try TaskprovParts.files()
        var process = try Process(disk, files, clock: clock)
        let task = try TaskprovParts.task()
        #expect(await process.ask(task.taskID, field: task.fieldValue) == process.served)
        try await process.end()
        let policy = RotationPolicy(role: role, pending: 60, period: 1000)
        process = try Process(
            disk, nil, clock: clock, rotation: policy, leadersToken: files.leader.peers[0].aggregatorToken)
        clock.advance(5000)
        #expect(try await !process.tasks.keepSchedule())
        await #expect(throws: TaskDeskError.self) { try await process.tasks.rotateKey(task.taskID, Array("{}".utf8)) }
        #expect(try await process.keys() == (role == .leader ? files.leader : files.helper).hpkeKeys.map(\.config))
        try await process.end()
    }

    /// Rule 1 of the walk: a Helper whose store was lost does not begin a task anew that its Leader knows it to have served.
    @Test func aLostStoreIsNotMadeUpFor() async throws {
        let process = try Process(TaskprovParts.disk(.helper), try TaskprovParts.files())
        let task = try TaskprovParts.task()
        let current = Incarnation(id: .random(), count: 3)
        let known = StoreStatement(
            store: .random(), current: current, echo: StoreEcho(store: .random(), newest: [current]))
        let first = StoreStatement(store: known.store, current: current, echo: nil)
        #expect(await process.ask(task.taskID, field: task.fieldValue, store: known) == .init(409, .storeConflict))
        #expect(try await process.tasks.list().tasks == [])
        #expect(await process.ask(task.taskID, field: task.fieldValue, store: first) == process.served)
        try await process.end()
    }
}
