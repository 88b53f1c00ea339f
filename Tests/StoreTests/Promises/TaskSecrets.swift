import Aggregator
import Dispatch
import PopulusDAP
import Testing

/// Secrets of tasks that a store keeps: they change while servers run.
extension StorePromise {
    static let secrets = [
        StorePromise("secrets are as they were changed, with their times, and no other task's") { bench in
            let (one, other) = (KeptTask.numbered(1), KeptTask.numbered(2))
            for task in [one, other] { try bench.connection.keep(task) }
            let new = TaskSecret(
                .hpkeKey, label: [200], bytes: bytes(9),
                times: SecretTimes(since: 7, until: 9, lastBodies: [3, 1 << 41]))
            var wanted = one.secrets
            wanted[0].times = SecretTimes(since: 5, until: .init(Int64.max))
            wanted[1].times.until = 1
            wanted.remove(at: 2)
            wanted.append(new)
            let rest = wanted
            let before = try bench.revision(of: one.id)
            let (changed, revision) = try bench.connection.changeSecrets(of: one.id) { secrets in
                if secrets != one.secrets { bench.fail("what is to be changed") }
                return rest
            }
            bench.expect(changed, is: one.with(secrets: rest), "what the change gives")
            bench.expect(revision > before, "the revision does not rise")
            for _ in 0..<2 {
                bench.expect(try bench.connection.keptTasks(only: one.id), is: [one.with(secrets: rest)], "changed")
                bench.expect(try bench.connection.keptTasks(only: other.id), is: [other], "another task")
                bench.expect(try bench.revision(of: one.id), is: revision, "the revision")
                try await bench.reopen()
            }
            // What was taken out comes back behind what has stayed.
            let again = try bench.connection.changeSecrets(of: one.id) { $0 + [one.secrets[2]] }
            bench.expect(again.task.secrets, is: rest + [one.secrets[2]], "again")
            bench.expect(try bench.connection.keptTasks(only: one.id), is: [again.task], "again, in the store")
        },
        StorePromise("a change that changes nothing is none, and one of no task is refused") { bench in
            let task = KeptTask.numbered(1)
            try bench.connection.keep(task)
            let before = try bench.revision(of: task.id)
            let same = try bench.connection.changeSecrets(of: task.id) { $0 }
            bench.expect(same.task, is: task, "the same")
            bench.expect(same.revision, is: before, "the revision")
            for id in [bench.a.task, .random()] {
                do {
                    _ = try bench.connection.changeSecrets(of: id) { $0 + [TaskSecret(.verifyKey, bytes: [1])] }
                    bench.fail("a task that is not kept was changed")
                } catch StoreError.missing {}
                bench.expect(try bench.connection.keptTasks(only: id), is: [], "what is kept of it")
            }
        },
        StorePromise("of changes at once none is lost") { bench in
            let task = KeptTask.numbered(1)
            try bench.connection.keep(task)
            let connections = bench.connections
            let count = 16
            try await onThread {
                DispatchQueue.concurrentPerform(iterations: count) { place in
                    do {
                        _ = try connections[place % connections.count].changeSecrets(of: task.id) {
                            $0 + [TaskSecret(.uploadToken, label: [UInt8(place)], bytes: bytes(place))]
                        }
                    } catch { bench.fail("it threw \(error)") }
                }
            }
            let found = try bench.connection.keptTasks(only: task.id).first?.secrets.dropFirst(task.secrets.count) ?? []
            bench.expect(found.compactMap(\.label.first).sorted(), is: (0..<UInt8(count)).map { $0 }, "what came")
        },
        StorePromise("what is kept of reports is known by its last rows") { bench in
            func rows() throws -> Set<Int64> { Set(try bench.connection.lastBodies()) }
            func hasBodies(_ rows: Set<Int64>) throws -> Bool { try bench.connection.hasBodies(upTo: rows.sorted()) }
            let before = try rows()
            _ = try await bench.write { try $0.upload(1) }
            _ = try await bench.b.write("check") { try $0.upload(2) }
            let both = try rows().subtracting(before)
            bench.expect(both.count, is: 2, "a row of each task")
            try await bench.write { try $0.eraseBodies(in: .all) }
            let other = try rows().subtracting(before)
            bench.expect(other.count, is: 1, "what was erased is not among them")
            let erased = both.subtracting(other)
            bench.expect(try !hasBodies(erased), "it was erased")
            bench.expect(try hasBodies(other) && hasBodies(both), "another task's is there")
            // What comes later was not there.
            _ = try await bench.write { try $0.upload(3) }
            bench.expect(try !hasBodies(erased), "a later one")
            try await bench.reopen()
            bench.expect(try !hasBodies(erased) && hasBodies(other), "after a start")
            bench.expect(try !hasBodies([]), "none")
        },
    ]
}

extension Bench {
    fileprivate func revision(of task: TaskID) throws -> UInt64 {
        try connection.storedTasks().first { $0.id == task }?.revision ?? .max
    }
}
