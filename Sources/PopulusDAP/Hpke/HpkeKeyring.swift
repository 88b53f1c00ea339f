import Synchronization

/// The HPKE keys of all tasks that a process serves in one role.
///
/// A client asks for an aggregator's configurations without saying for which task, so it may seal to the key of any: each
/// task opens with all of them.
///
/// Spec: DAP §4.4.1
package final class HpkeKeyring: Sendable {
    private struct Entry {
        let owner: any AnyObject & Sendable
        let key: HeldHpkeKey
    }

    private let entries = Mutex<[UInt8: [Entry]]>([:])
    private let look = Mutex<(@Sendable () async -> Bool)?>(nil)

    package init() {}

    /// Puts keys of one owner in the place of those that it had; keys with one configuration ID are all kept.
    func replace(_ old: [HeldHpkeKey], with new: [HeldHpkeKey], of owner: any AnyObject & Sendable) {
        entries.withLock { known in
            for id in Set(old.map(\.keyPair.config.id)) { known[id]?.removeAll { $0.owner === owner } }
            for key in new { known[key.keyPair.config.id, default: []].append(Entry(owner: owner, key: key)) }
        }
    }

    /// Adds keys that no task has: every task opens what is sealed to them.
    package func add(_ keyPairs: [HpkeKeyPair]) {
        replace([], with: keyPairs.map { HeldHpkeKey($0) }, of: Guest())
    }

    /// Whose keys are no task's.
    private final class Guest: Sendable {}

    /// The keys with a configuration ID, in the order in which they joined.
    func keys(configID: UInt8) -> [HeldHpkeKey] {
        entries.withLock { $0[configID]?.map(\.key) ?? [] }
    }

    /// What looks for keys that this process may have missed, before reports are opened.
    ///
    /// - Parameter look: says whether no key is missing now; it waits for nothing where none can be.
    package func onUse(_ look: @escaping @Sendable () async -> Bool) { self.look.withLock { $0 = look } }

    /// Whether all keys are here that others of the role have had for a while.
    func isCurrent() async -> Bool {
        guard let look = look.withLock({ $0 }) else { return true }
        return await look()
    }
}
