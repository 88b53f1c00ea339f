import PopulusDAP
import PrefixWalk
import Synchronization

/// The accounts of a task's walks with the machine's budget: one for all that is at work on a walk.
///
/// An account goes with the last of its shards, and with it the walk's plans and the buffers that are used again.
package final class WalkAccounts: Sendable {
    private struct Entry {
        weak var account: WalkAccount?
    }

    private let budget: StateBudget
    private let entries = Mutex<[WalkID: Entry]>([:])

    init(_ budget: StateBudget) { self.budget = budget }

    /// The walk's account; whoever needs it keeps it.
    package subscript(walk: WalkID) -> WalkAccount {
        entries.withLock { entries in
            if let known = entries[walk]?.account { return known }
            entries = entries.filter { $0.value.account != nil }
            let account = WalkAccount(budget)
            entries[walk] = Entry(account: account)
            return account
        }
    }
}
