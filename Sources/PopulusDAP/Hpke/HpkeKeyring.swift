import Synchronization

/// The HPKE keys of all tasks that a process serves in one role.
///
/// A client asks for an aggregator's configurations without saying for which task, so it may seal to the key of any: each
/// task opens with all of them. Keys only join.
///
/// Spec: DAP §4.4.1
package final class HpkeKeyring: Sendable {
    private let keyPairs = Mutex<[UInt8: [HpkeKeyPair]]>([:])

    package init() {}

    /// Adds a task's keys; two with one configuration ID are both kept.
    package func add(_ keyPairs: [HpkeKeyPair]) {
        self.keyPairs.withLock { known in
            for keyPair in keyPairs {
                let same = known[keyPair.config.id] ?? []
                if same.contains(where: { $0.config == keyPair.config }) { continue }
                known[keyPair.config.id] = same + [keyPair]
            }
        }
    }

    /// The keys with a configuration ID, in the order in which they joined.
    func keyPairs(configID: UInt8) -> [HpkeKeyPair] {
        keyPairs.withLock { $0[configID] ?? [] }
    }
}
