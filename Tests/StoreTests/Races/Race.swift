import Aggregator
import PopulusDAP
import Testing

/// Two writes that meet: whatever happens, it is what one after the other would have come to.
struct Race: Sendable {
    typealias Body = @Sendable (any StoreTransaction) throws -> String

    let name: String
    /// What is there before.
    let prepare: @Sendable (any StoreTransaction) throws -> Void
    /// What the two processes have done before, for races that need two; nothing for those of any store.
    let ready: (@Sendable (any TaskStore, any TaskStore) async throws -> Void)?
    /// What one does, and says of it.
    let first: Body
    let second: Body
    /// Beside what each of them may run.
    let scopes: [Rendezvous.Side: WriteScope]
    /// What is wrong with an outcome, whatever the order; for stores that are wrong in every order.
    let fault: @Sendable (any StoreTransaction, Outcome) throws -> String?

    init(
        _ name: String, scopes: [Rendezvous.Side: WriteScope] = [:],
        prepare: @escaping @Sendable (any StoreTransaction) throws -> Void,
        ready: (@Sendable (any TaskStore, any TaskStore) async throws -> Void)? = nil, _ first: @escaping Body,
        _ second: @escaping Body, fault: @escaping @Sendable (any StoreTransaction, Outcome) throws -> String?
    ) {
        (self.name, self.scopes, self.prepare, self.ready) = (name, scopes, prepare, ready)
        (self.first, self.second, self.fault) = (first, second, fault)
    }

    /// What each said, and how the store looks afterwards.
    struct Outcome: Sendable, Equatable {
        let first: String
        let second: String
        let image: TaskImage
    }

    var promise: StorePromise {
        StorePromise("\(name): as one after the other") { bench in
            guard ready == nil || bench.a.replica.isShared else { return }
            let serial = [try await inTurn(bench, isFirstFirst: true), try await inTurn(bench, isFirstFirst: false)]
            for round in 0..<Self.rounds {
                let outcome = try await atOnce(bench, isFirstFirst: round % 2 == 0)
                let isSerial = serial.contains(outcome)
                bench.expect(isSerial, "\(name): \(difference(of: outcome, from: serial))")
            }
        }
    }

    private static let rounds = 6

    private func difference(of outcome: Outcome, from serial: [Outcome]) -> String {
        serial.map { "\(outcome.first), \(outcome.second); \(outcome.image.difference(from: $0.image))" }
            .joined(separator: " or ")
    }

    /// One after the other.
    private func inTurn(_ bench: Bench, isFirstFirst: Bool) async throws -> Outcome {
        let (one, other) = try await prepared(bench)
        var said: [Rendezvous.Side: String] = [:]
        for side in isFirstFirst ? [Rendezvous.Side.first, .second] : [.second, .first] {
            said[side] = await run(side == .first ? first : second, side, in: side == .first ? one : other)
        }
        return try await outcome(bench, said[.first] ?? "", said[.second] ?? "", in: one)
    }

    /// Both at once, in two connections where the store takes two.
    private func atOnce(_ bench: Bench, isFirstFirst: Bool) async throws -> Outcome {
        let (one, other) = try await prepared(bench)
        let rendezvous = Rendezvous(points: 2)
        // They have begun before either has done anything, and have done everything before either ends.
        let begin: @Sendable (Rendezvous.Side) async -> String = { side in
            let body = side == .first ? first : second
            return await run(
                { transaction in
                    rendezvous.meet(side, at: 0)
                    let said = try body(transaction)
                    rendezvous.meet(side, at: 1)
                    return said
                }, side, in: side == .first ? one : other)
        }
        let (early, late): (Rendezvous.Side, Rendezvous.Side) = isFirstFirst ? (.first, .second) : (.second, .first)
        async let earlier = begin(early)
        await rendezvous.waitForTheFirst()
        let later = await begin(late)
        let said = [early: await earlier, late: later]
        return try await outcome(bench, said[.first] ?? "", said[.second] ?? "", in: one)
    }

    private func prepared(_ bench: Bench) async throws -> (any TaskStore, any TaskStore) {
        let stores = try bench.further()
        let prepare = prepare
        try await stores.0.write("prepare", { try prepare($0) })
        try await ready?(stores.0, stores.1)
        return stores
    }

    private func run(_ body: @escaping Body, _ side: Rendezvous.Side, in store: any TaskStore) async -> String {
        do { return try await store.write("race", scopes[side] ?? .task, body) } catch { return "failed" }
    }

    private func outcome(
        _ bench: Bench, _ first: String, _ second: String, in store: any TaskStore
    ) async throws -> Outcome {
        let outcome = Outcome(first: first, second: second, image: try await TaskImage(of: store))
        let fault = fault
        if let what = try await store.read("race", { try fault($0, outcome) }) { bench.fail("\(name): \(what)") }
        return outcome
    }
}
