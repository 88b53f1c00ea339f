import Aggregator
import Dispatch

/// One state of a store, which others ask while it is held: on the thread of the read that holds it.
final class Snapshot: Sendable {
    /// Signalled when it is held.
    let isOpen = DispatchSemaphore(value: 0)
    private let question = Slot<@Sendable (any StoreTransaction) -> Void>()
    private let questions = DispatchSemaphore(value: 0)

    /// Answers until it is ended.
    func serve(_ transaction: any StoreTransaction) throws {
        // A store may take its snapshot with the first query only.
        _ = try transaction.walks()
        isOpen.signal()
        while true {
            questions.wait()
            guard let answer = question.take() else { return }
            answer(transaction)
        }
    }

    /// Asks for what is there; one at a time.
    func read<T: Sendable>(_ body: @escaping @Sendable (any StoreTransaction) throws -> T) throws -> T {
        let (result, done) = (Slot<Result<T, any Error>>(), DispatchSemaphore(value: 0))
        question.value = { transaction in
            result.value = Result { try body(transaction) }
            done.signal()
        }
        questions.signal()
        done.wait()
        guard let value = result.value else { throw Missing(what: "an answer") }
        return try value.get()
    }

    func end() { questions.signal() }
}
