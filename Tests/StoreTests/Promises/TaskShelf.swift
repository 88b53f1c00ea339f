import Aggregator
import PopulusDAP
import Testing

/// The tasks of a store as a list, those that it keeps, and how far the end of each has come.
extension StorePromise {
    static let ends = [
        StorePromise("the end of a task comes on, is its own, and stays") { bench in
            func expect(_ end: TaskEnd?, _ what: String) async throws {
                bench.expect(try await bench.read { try $0.taskEnd() }, is: end, what)
                bench.expect(try await bench.processes.1.read("check") { try $0.taskEnd() }, is: end, what)
                bench.expect(try await bench.b.read("check") { try $0.taskEnd() }, is: nil, "another task: \(what)")
                let listed = try bench.connection.storedTasks()
                bench.expect(listed.first { $0.id == bench.a.task }?.end, is: end, "the list: \(what)")
                bench.expect(listed.first { $0.id == bench.b.task }?.end, is: nil, "another one in the list: \(what)")
            }
            try await expect(nil, "at first")
            for end in [TaskEnd(closed: 7), TaskEnd(closed: 7, stopped: 9)] {
                let seen = try await bench.write { transaction in
                    try transaction.setTaskEnd(end)
                    return try transaction.taskEnd()
                }
                bench.expect(seen, is: end, "in the transaction that ends it")
                try await expect(end, "when it was ended")
                try await bench.reopen()
                try await expect(end, "after a start")
            }
        },
        StorePromise("an end that is undone was none, and one is never forgotten") { bench in
            let before = bench.a.statement.current.count
            try await bench.expectFailure("it throws") { transaction in
                try transaction.setTaskEnd(TaskEnd(closed: 7))
                throw Undone()
            }
            bench.expect(try await bench.read { try $0.taskEnd() }, is: nil, "it was undone")
            try await bench.write { try $0.setTaskEnd(TaskEnd(closed: 7)) }
            bench.expect(bench.a.statement.current.count > before, "the count does not rise")
        },
    ]

    private struct Undone: Error {}

    static let keptTasks = [
        StorePromise("a task that is kept is there as it was given, and alone has its secrets") { bench in
            let (one, other) = (KeptTask.numbered(1), KeptTask.numbered(2))
            let known = [bench.a.task, bench.b.task, one.id, other.id]
            for task in [one, other] { try bench.connection.keep(task) }
            for _ in 0..<2 {
                // The database may hold more than this check has made.
                let all = try bench.connection.keptTasks(only: nil).filter { known.contains($0.id) }
                bench.expect(all, is: [one, other], "all")
                bench.expect(try bench.connection.keptTasks(only: other.id), is: [other], "one")
                bench.expect(try bench.connection.keptTasks(only: bench.a.task), is: [], "one that is not kept")
                bench.expect(try bench.connection.keptTasks(only: .random()), is: [], "none")
                let listed = try bench.connection.storedTasks().filter { known.contains($0.id) }
                bench.expect(listed.map(\.id), is: known, "the list")
                bench.expect(listed.map(\.isKept), is: [false, false, true, true], "which are kept")
                try await bench.reopen()
            }
        },
        StorePromise("a task that is kept has a store, made once") { bench in
            let task = KeptTask.numbered(1)
            try bench.connection.keep(task)
            func error(_ task: KeptTask) -> StoreError? {
                do { try bench.connection.keep(task) } catch { return error as? StoreError }
                return nil
            }
            if case .exists = error(task) {} else { bench.fail("it is kept twice") }
            bench.expect(try bench.connection.keptTasks(only: task.id), is: [task], "it was kept once")
            if case .exists = bench.creationError(task.id) {} else { bench.fail("its store is made twice") }
            let store = try bench.connection.open(
                task.id, configurationDigest: task.configurationDigest, uploads: .byTime)
            _ = try await store.write("check") { try $0.upload(1) }
            bench.expect(try await store.read("check") { try $0.texts(in: .all) }, is: ["report 1"], "what is stored")
        },
        StorePromise("a task whose store is there can be kept, by who has its configuration") { bench in
            _ = try await bench.write { try $0.upload(1) }
            let (before, said) = (try await TaskImage(of: bench.a), bench.a.statement.store)
            var task = KeptTask.numbered(1, id: bench.a.task, configurationDigest: bytes(8))
            do {
                try bench.connection.keep(task)
                bench.fail("another configuration")
            } catch StoreError.belongsToAnother {}
            bench.expect(try bench.connection.keptTasks(only: task.id), is: [], "it was refused")
            task = KeptTask.numbered(1, id: bench.a.task)
            try bench.connection.keep(task)
            bench.expect(try bench.connection.keptTasks(only: task.id), is: [task], "what is kept")
            bench.expect(try await TaskImage(of: bench.a), is: before, "what its store holds")
            bench.expect(bench.a.statement.store == said, "whose store it is")
        },
    ]
}

extension KeptTask {
    /// A task whose every part has a value of its own.
    static func numbered(
        _ number: UInt8, id: TaskID = .random(), configurationDigest: [UInt8] = MadeStore.configurationDigest
    ) -> KeptTask {
        KeptTask(
            id: id, configuration: [number, 1, 0], configurationDigest: configurationDigest,
            codePoints: WalkCodePoints(
                task: UInt16(number) << 8, aggregationJob: .max, collectionJob: 2, noise: UInt16(number)),
            clockSkew: 300 + UInt64(number), collectorConfig: [number, 2], added: 1_700_000_000 + UInt64(number),
            secrets: TaskSecret.Kind.allCases.enumerated().map { place, kind in
                TaskSecret(kind, label: place == 2 ? [] : [number, UInt8(place)], bytes: bytes(Int(number) + place))
            } + [
                TaskSecret(.uploadToken, label: [9], bytes: bytes(9)),
                TaskSecret(.hpkeKey, label: [8], bytes: bytes(8)),
            ], reportExpiry: number % 2 == 0 ? nil : 60 + UInt64(number))
    }
}
