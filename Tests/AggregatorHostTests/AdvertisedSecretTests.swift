import Aggregator
import AggregatorHost
import AggregatorServer
import PopulusDAP
import PopulusTaskFiles
import Testing

/// Keys and tokens of tasks that requests have brought are those of the file of the last start that had one, in every process.
@Suite struct AdvertisedSecretTests {
    private typealias Process = TaskprovProcess

    private let clock = TaskprovClock(TaskprovParts.now)
    private let policy = RotationPolicy(role: .leader, pending: 60, keep: 86_400)
    private let disk = TaskprovParts.disk(.leader)

    private func start(_ files: TaskprovFileSet?, isShared: Bool = false) throws -> Process {
        try Process(disk, files, clock: clock, isShared: isShared, rotation: policy)
    }

    /// Something that was sealed to a process's key, and what it holds.
    private func sealed(to key: HpkeKeyPair) throws -> HpkeCiphertext {
        try key.config.seal([7], label: .inputShare(recipient: .leader), associatedData: [1])
    }

    private func opens(_ ciphertext: HpkeCiphertext, _ process: Process) throws -> Bool {
        // What does not open is told by an error.
        (try? process.receiver().open(ciphertext, label: .inputShare(recipient: .leader), associatedData: [1])) == [7]
    }

    /// Three files one after the other: each key opens for as long as it may, and only the last one is offered.
    @Test func keysOfEarlierFilesOpenAndAreNotOffered() async throws {
        let first = try TaskprovParts.files()
        let (second, third) = (
            try first.withLeadersKeys([.generate(id: 1)]), try first.withLeadersKeys([.generate(id: 2)])
        )
        let task = try TaskprovParts.task()
        var process = try start(try first.withLeadersKeys([.generate(id: 0)]))
        #expect(await process.ask(task.taskID, field: task.fieldValue) == process.served)
        try await process.end()
        process = try start(second)
        #expect(try await process.keys() == second.leader.hpkeKeys.map(\.config))
        try await process.end()
        clock.advance(100)
        process = try start(third)
        // Nothing was taken up under the second file, and clients were told of its key.
        let ciphertext = try sealed(to: second.leader.hpkeKeys[0])
        #expect(try await process.keys() == third.leader.hpkeKeys.map(\.config))
        #expect(try opens(ciphertext, process))
        #expect(try process.receiver().takesUploads(configID: 1))
        #expect(try await process.tasks.show(task.taskID).keys?.map(\.id) == [2, 1, 0])
        #expect(try await process.tasks.show(task.taskID).keys?.map(\.state) == ["active", "expired", "expired"])
        // By its times it is closed, and then gone.
        clock.advance(86_400)
        process.tasks.advance()
        #expect(try !process.receiver().takesUploads(configID: 1) && opens(ciphertext, process))
        clock.advance(RotationPolicy.slack)
        for _ in 0..<2 { _ = try await process.tasks.keepSchedule() }
        #expect(try !opens(ciphertext, process))
        // The same file again changes nothing, and an earlier key may come back.
        try await process.end()
        process = try start(second)
        #expect(try await process.keys() == second.leader.hpkeKeys.map(\.config))
        #expect(try await process.tasks.show(task.taskID).keys?.map(\.state) == ["active", "expired"])
        try await process.end()
    }

    /// A new key may have the ID of the one before: one upload in 256 would be lost otherwise.
    @Test func keysOfOneIDAreTold() async throws {
        let files = try TaskprovParts.files()
        let (old, new) = (HpkeKeyPair.generate(id: 9), HpkeKeyPair.generate(id: 9))
        let task = try TaskprovParts.task()
        var process = try start(try files.withLeadersKeys([old]))
        #expect(await process.ask(task.taskID, field: task.fieldValue) == process.served)
        try await process.end()
        for _ in 0..<2 {
            process = try start(try files.withLeadersKeys([new]))
            #expect(try await process.keys() == [new.config])
            #expect(try opens(try sealed(to: old), process) && opens(try sealed(to: new), process))
            #expect(await process.ask(task.taskID, field: nil) == process.served)
            try await process.end()
        }
    }

    /// The same where others of the role have yet to hear of it: the old one is told to clients until then, from the start on.
    @Test func keysOfOneIDAreToldOneAfterTheOther() async throws {
        let files = try TaskprovParts.files()
        let (old, new) = (HpkeKeyPair.generate(id: 9), HpkeKeyPair.generate(id: 9))
        let task = try TaskprovParts.task()
        let first = try start(try files.withLeadersKeys([old]), isShared: true)
        #expect(await first.ask(task.taskID, field: task.fieldValue) == first.served)
        let second = try start(try files.withLeadersKeys([new]), isShared: true)
        let third = try start(nil, isShared: true)
        for process in [second, third] {
            #expect(try await process.keys() == [old.config])
            #expect(try opens(try sealed(to: old), process) && opens(try sealed(to: new), process))
        }
        clock.advance(RotationPolicy.leastPending)
        second.tasks.advance()
        #expect(try await second.keys() == [new.config])
        for process in [first, second, third] { try await process.end() }
    }

    /// Of several servers one is started with a new file, and the others hear of its key before clients do.
    @Test func othersFollow() async throws {
        let files = try TaskprovParts.files()
        let other = try files.withLeadersKeys([.generate(id: files.leader.hpkeKeys[0].config.id &+ 1)])
        let task = try TaskprovParts.task()
        let processes = [try start(files, isShared: true), try start(nil, isShared: true)]
        #expect(await processes[0].ask(task.taskID, field: task.fieldValue) == processes[0].served)
        let late = try start(other, isShared: true)
        for process in processes + [late] {
            try await process.tasks.lookAtOthers()
            #expect(try await process.keys() == files.leader.hpkeKeys.map(\.config))
            #expect(try opens(try sealed(to: other.leader.hpkeKeys[0]), process))
        }
        clock.advance(RotationPolicy.leastPending)
        late.tasks.advance()
        #expect(try await late.keys() == other.leader.hpkeKeys.map(\.config))
        for process in processes + [late] { try await process.end() }
    }

    /// A file is taken back before its key was told to anybody: clients are told of the one before all the while.
    @Test func aFileIsTakenBack() async throws {
        let first = try TaskprovParts.files().withLeadersKeys([.generate(id: 1)])
        let second = try first.withLeadersKeys([.generate(id: 2)])
        let task = try TaskprovParts.task()
        var processes = [try start(first, isShared: true), try start(nil, isShared: true)]
        #expect(await processes[0].ask(task.taskID, field: task.fieldValue) == processes[0].served)
        try await processes[1].tasks.lookAtOthers()
        processes.append(try start(second, isShared: true))
        clock.advance(RotationPolicy.leastPending / 2)
        processes.append(try start(first, isShared: true))
        for wait in [0, RotationPolicy.leastPending / 2, RotationPolicy.leastPending] {
            clock.advance(wait)
            for process in [processes[1], processes[3]] {
                try await process.tasks.lookAtOthers()
                process.tasks.advance()
                #expect(try await process.keys() == first.leader.hpkeKeys.map(\.config), "\(wait)")
            }
        }
        #expect(try await processes[3].tasks.show(task.taskID).keys?.map(\.state) == ["active", "expired"])
        for process in processes { try await process.end() }
    }

    /// Of two keys of a file the second is taken out: it goes in its time, as any other.
    @Test func aSecondKeyGoesToo() async throws {
        let (one, other) = (HpkeKeyPair.generate(id: 1), HpkeKeyPair.generate(id: 2))
        let files = try TaskprovParts.files()
        let task = try TaskprovParts.task()
        var process = try start(try files.withLeadersKeys([one, other]))
        #expect(await process.ask(task.taskID, field: task.fieldValue) == process.served)
        try await process.end()
        process = try start(try files.withLeadersKeys([one]))
        #expect(try await process.tasks.show(task.taskID).keys?.map(\.state) == ["active", "expired"])
        clock.advance(86_400 + RotationPolicy.slack)
        for _ in 0..<2 { _ = try await process.tasks.keepSchedule() }
        #expect(try await process.tasks.show(task.taskID).keys?.map(\.id) == [1])
        try await process.end()
    }

    /// A token that was replaced because it leaked stays out, whatever a later start is given.
    @Test(arguments: [Role.leader, .helper]) func replacedTokensStayOut(role: Role) async throws {
        let (old, new) = (try TaskprovParts.files(), try TaskprovParts.files())
        let (disk, task) = (TaskprovParts.disk(role), try TaskprovParts.task())
        var process = try Process(disk, old, clock: clock)
        #expect(await process.ask(task.taskID, field: task.fieldValue) == process.served)
        for files in [new, nil] {
            try await process.end()
            process = try Process(disk, files, clock: clock)
            let shown = try await process.tasks.show(task.taskID).aggregatorTokenDigest
            func status(_ files: TaskprovFileSet) async -> Int {
                let token = role == .helper ? files.leader.peers[0].aggregatorToken : files.collector.collectorToken
                guard role == .leader else { return await process.ask(task.taskID, field: nil, token: token).status }
                return await process.ask(
                    task.taskID, field: nil, token: token, "collection_jobs", .collectionJobReq
                ).status
            }
            #expect(await status(old) == 403, "\(files == nil)")
            #expect(await status(new) == 400, "\(files == nil)")
            let token = new.leader.peers[0].aggregatorToken ?? ""
            #expect(role == .helper || shown == Base64URL.encode(TaskRegistration.digest(of: token)))
        }
        try await process.end()
    }
}

extension TaskprovFileSet {
    /// The same with other keys of the Leader's.
    fileprivate func withLeadersKeys(_ keys: [HpkeKeyPair]) throws -> TaskprovFileSet {
        TaskprovFileSet(
            leader: try TaskprovFile(
                role: .leader, url: leader.url, hpkeKeys: keys, clockSkew: leader.clockSkew,
                keepAfterEnd: leader.keepAfterEnd, peers: leader.peers), helper: helper, collector: collector)
    }
}
