import PopulusDAP
import Synchronization

/// The collections that were started, by handle.
final class Collections: Sendable {
    private let answers = Mutex<[String: Answer]>([:])

    /// A new collection, in progress.
    func begin() -> String {
        let handle = CollectionJobID.random().base64URL
        answers.withLock { $0[handle] = Answer(.inProgress) }
        return handle
    }

    func end(_ handle: String, with answer: Answer) {
        answers.withLock { $0[handle] = answer }
    }

    func answer(_ handle: String) throws(InteropError) -> Answer {
        guard let answer = answers.withLock({ $0[handle] }) else {
            throw .refused("handle: no collection has it")
        }
        return answer
    }
}
