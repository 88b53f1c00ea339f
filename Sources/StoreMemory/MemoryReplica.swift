import Aggregator
import PopulusDAP
import Synchronization

/// One process of several on a ``MemoryDisk``.
package final class MemoryReplica: StoreReplica {
    package let id = ReplicaID.random()
    package let isShared: Bool
    package let life = Duration.seconds(30)
    private let disk: MemoryDisk

    init(_ disk: MemoryDisk, isShared: Bool) { (self.disk, self.isShared) = (disk, isShared) }

    package func announce(_ address: String) async throws { disk.announce(id, address, for: life) }

    package func withdraw() async throws { disk.withdraw(id) }

    package func known() async throws -> [KnownReplica] { disk.known(for: life) }

    package func secret() async throws -> [UInt8] { disk.secret }
}

/// The processes that work on a disk, and the clock that they live by.
struct MemoryReplicas: Sendable {
    struct Entry: Sendable {
        let address: String
        /// By the disk's clock; nothing once it was withdrawn.
        let end: Duration?
    }

    /// Time passes only where a test says so.
    var now = Duration.zero
    var entries: [ReplicaID: Entry] = [:]

    func isAlive(_ id: ReplicaID) -> Bool { entries[id]?.end.map { $0 > now } ?? false }
}

extension MemoryDisk {
    fileprivate func announce(_ id: ReplicaID, _ address: String, for life: Duration) {
        replicas.withLock { $0.entries[id] = MemoryReplicas.Entry(address: address, end: $0.now + life) }
    }

    fileprivate func withdraw(_ id: ReplicaID) {
        replicas.withLock { replicas in
            guard let known = replicas.entries[id] else { return }
            replicas.entries[id] = MemoryReplicas.Entry(address: known.address, end: nil)
        }
        waiters.notifyAll()
    }

    fileprivate func known(for life: Duration) -> [KnownReplica] {
        replicas.withLock { replicas in
            replicas.entries.map { id, entry in
                KnownReplica(
                    id: id, address: entry.address, isAlive: replicas.isAlive(id),
                    silence: entry.end.map { replicas.now - ($0 - life) } ?? .zero)
            }
        }
    }

    /// Lets time pass for the processes that work on the disk: who does not say that it lives is dead at last.
    package func pass(_ duration: Duration) { replicas.withLock { $0.now += duration } }

    /// Has a process count as dead at once, as if its time were over.
    package func expire(_ id: ReplicaID) {
        replicas.withLock { replicas in
            guard let known = replicas.entries[id] else { return }
            replicas.entries[id] = MemoryReplicas.Entry(address: known.address, end: replicas.now)
        }
    }
}
