import Aggregator
import PopulusDAP
import Testing

/// Who works at what, where a store takes several processes; where it takes one, all work is its own.
extension StorePromise {
    static let claims = [
        StorePromise("work is one process's, until that has ended") { bench in
            let (one, other, work) = (bench.processes.0, bench.processes.1, Work.row(7))
            try await one.replica.announce("one")
            let first = try await one.write("check") { try $0.take(work) }
            guard let first else { return bench.fail("free work is not given") }
            bench.expect(try await one.write("check") { try $0.take(work) }, is: first, "what it has already")
            bench.expect(try await one.read("check") { try $0.holds(first) }, is: true, "its own claim")
            guard one.replica.isShared else { return }
            try await other.replica.announce("other")
            bench.expect(try await other.write("check") { try $0.take(work) }, is: nil, "what another one has")
            let owner = try await other.read("check") { try $0.owner(of: work) }
            bench.expect(owner?.replica, is: one.replica.id, "whose it is")
            bench.expect(owner?.address, is: "one", "where that is")
            bench.expect(owner?.isAlive, is: true, "that it lives")
            try await one.replica.withdraw()
            bench.expect(
                try await other.read("check") { try $0.owner(of: work)?.isAlive }, is: false, "that it has ended")
            let second = try await other.write("check") { try $0.take(work) }
            guard let second else { return bench.fail("work of one that has ended is not given") }
            bench.expect(second.token > first.token, "the token has not grown")
            bench.expect(try await other.read("check") { try $0.holds(second) }, is: true, "the new claim")
            bench.expect(try await one.read("check") { try $0.holds(first) }, is: false, "the old claim")
            try await one.replica.announce("one")
            bench.expect(try await one.write("check") { try $0.take(work) }, is: nil, "by the old owner again")
            bench.expect(try await one.read("check") { try $0.holds(first) }, is: false, "the old claim once more")
        },
        StorePromise("how far an owner is others see, as long as it is the owner") { bench in
            let (one, other, work) = (bench.processes.0, bench.processes.1, Work.resource(ResourceID(3)))
            try await one.replica.announce("one")
            try await other.replica.announce("other")
            guard let first = try await one.write("check", { try $0.take(work) }) else {
                return bench.fail("free work is not given")
            }
            bench.expect(try await one.write("check") { try $0.note(first, progress: 4) }, is: true, "a note")
            guard one.replica.isShared else { return }
            bench.expect(try await other.read("check") { try $0.owner(of: work)?.progress }, is: 4, "the note")
            try await one.replica.withdraw()
            _ = try await other.write("check") { try $0.take(work) }
            bench.expect(try await one.write("check") { try $0.note(first, progress: 9) }, is: false, "a late note")
            let progress = try await one.read("check") { try $0.owner(of: work)?.progress }
            bench.expect(progress, is: 0, "what the new owner has noted")
            try await one.write("check") { try $0.forget(work) }
            bench.expect(try await one.read("check") { try $0.owner(of: work) }, is: nil, "what is done")
        },
        StorePromise("a claim goes with its transaction, and is its task's") { bench in
            let (one, other, work) = (bench.processes.0, bench.processes.1, Work.job(AggregationJobID(5)))
            try await one.replica.announce("one")
            try await other.replica.announce("other")
            struct Undone: Error {}
            do {
                try await one.write("check") { transaction in
                    _ = try transaction.take(work)
                    throw Undone()
                }
            } catch is Undone {}
            bench.expect(try await other.write("check") { try $0.take(work) } != nil, "what was undone is taken")
            let elsewhere = bench.b
            bench.expect(try await elsewhere.write("check") { try $0.take(work) } != nil, "of another task it is taken")
        },
    ]
}
