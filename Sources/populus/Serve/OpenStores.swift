import Aggregator
import DAP
import Logging
import ServiceLifecycle
import StoreSQLite
import Synchronization

/// The stores that a process has open.
final class OpenStores: Sendable {
    private let location: StoreLocation
    private let role: Role
    private let logger: Logger
    private let stores = Mutex<[SQLiteStore]>([])

    init(at location: StoreLocation, role: Role, logger: Logger) {
        self.location = location
        self.role = role
        self.logger = logger
    }

    func path(of task: TaskID) -> String { location.file(of: task, role: role) }

    func open(_ task: AggregatorTask) throws -> SQLiteStore {
        let (logger, id) = (logger, task.id)
        let store = try SQLiteStore(
            path: path(of: id), role: role, task: id, configurationDigest: task.configurationDigest,
            onOutage: { error in
                logger.error("the task is not served any more: \(error)", metadata: ["task": "\(id)"])
            })
        stores.withLock { $0.append(store) }
        return store
    }

    /// Sees whether their files are where they were; what is wrong is said once.
    func look() {
        for store in stores.withLock({ $0 }) { _ = store.outage }
    }

    func close() {
        for store in stores.withLock({ $0 }) {
            do { try store.close() } catch {
                logger.error("a store was not closed in order; nothing is lost", metadata: ["reason": "\(error)"])
            }
        }
    }
}

/// Looks after the stores' files while nobody asks for anything.
struct StorePatrol: Service {
    private static let interval = Duration.seconds(2)

    let stores: OpenStores

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                stores.look()
                try? await Task.sleep(for: Self.interval)
            }
        }
    }
}
