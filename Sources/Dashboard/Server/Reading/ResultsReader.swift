import Dispatch
import PopulusDurableFiles
import Results
import Synchronization

/// The file of results as it is at each request, whoever writes to it meanwhile.
///
/// It is opened once, since opening checks its pages, and once more where another file has its name. SQLite's calls block,
/// so that they have a thread of their own.
package final class ResultsReader: Sendable {
    private struct Opened {
        let store: ResultsStore
        let identity: FileIdentity?
    }

    private let path: String
    private let opened: Mutex<Opened>
    private let thread = DispatchQueue(label: "populus.dashboard.results")

    /// - Throws: where the file is not there, or is none of results.
    package init(path: String) throws(ResultsError) {
        self.path = path
        opened = Mutex(try Self.open(path))
    }

    private static func open(_ path: String) throws(ResultsError) -> Opened {
        let store = try ResultsStore(path: path, for: .reading)
        return Opened(store: store, identity: FileIdentity(store.path))
    }

    /// Reads; each call of the body sees what was recorded before it.
    package func read<Value: Sendable>(
        _ body: @escaping @Sendable (ResultsStore) throws(ResultsError) -> Value
    ) async throws(ResultsError) -> Value {
        let outcome: Result<Value, ResultsError> = await withCheckedContinuation { continuation in
            thread.async { [self] in continuation.resume(returning: result(body)) }
        }
        return try outcome.get()
    }

    private func result<Value: Sendable>(
        _ body: (ResultsStore) throws(ResultsError) -> Value
    ) -> Result<Value, ResultsError> {
        do throws(ResultsError) {
            return .success(try body(try store()))
        } catch {
            return .failure(error)
        }
    }

    private func store() throws(ResultsError) -> ResultsStore {
        let present = opened.withLock { $0 }
        guard FileIdentity(path) != present.identity else { return present.store }
        let other = try Self.open(path)
        opened.withLock { $0 = other }
        return other.store
    }
}
