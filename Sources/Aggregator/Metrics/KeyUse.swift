import PopulusDAP
import Synchronization

/// How many reports came sealed to which of a task's keys: an operator takes an old key away when nobody uses it any more.
///
/// A Leader counts reports where they enter, a Helper where it opens them.
package final class KeyUse: Sendable {
    private let state = Mutex<[UInt8: UInt64]>([:])

    package init() {}

    func note(_ configID: UInt8) { state.withLock { $0[configID, default: 0] += 1 } }

    /// By the ID of the key's configuration; only of keys that were there.
    package var counts: [UInt8: UInt64] { state.withLock { $0 } }
}
