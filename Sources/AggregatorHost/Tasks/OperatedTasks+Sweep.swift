import Aggregator
import AggregatorServer

/// Keys that nothing stored needs any more are erased, and tokens whose time is over; on the queue.
extension OperatedTasks {
    /// How long after something was found that may need a key it is looked for again, in seconds.
    ///
    /// Reports wait for days, and to look goes over all that do.
    package static let pauseOfLooks: UInt64 = 600
    /// So many tasks are written to in one turn: requests wait behind it.
    private static let mostSwept = 100

    func sweep(_ outcome: inout ScheduleOutcome) {
        let (now, policy) = (now, policy)
        let members = host.members.all.filter { $0.added != nil && $0.secrets.contains(where: isOver) }
        let keys = members.flatMap { $0.secrets.filter { $0.kind == .hpkeKey && isOver($0) } }
        // A client may have sealed to any task's key, so it is looked at the reports of all: once for all members.
        let free = unneeded(Set(keys.compactMap(\.times.lastBodies)), &outcome)
        var last: [Int64]?
        if keys.contains(where: { $0.times.lastBodies == nil }) {
            outcome.note {
                last = try shelf.lastBodies()
                return false
            }
        }
        var written = 0
        for member in members where written < Self.mostSwept {
            let swept = KeyRotation.swept(member.secrets, now: now, policy, lastBodies: last, isFree: free)
            // What nothing can be done about yet is no write.
            guard swept != member.secrets else { continue }
            written += 1
            outcome.note { [last] in
                try made(of: member.task) { secrets, _ throws(TaskDeskError) in
                    KeyRotation.swept(secrets, now: now, policy, lastBodies: last, isFree: free)
                }
            }
        }
    }

    /// Those rows up to which nothing is stored.
    private func unneeded(_ asked: Set<[Int64]>, _ outcome: inout ScheduleOutcome) -> Set<[Int64]> {
        let now = now
        let due = neededRows.withLock { known in
            known = known.filter { asked.contains($0.key) }
            // A clock that was set back is no reason to wait.
            return asked.filter { rows in known[rows].map { now < $0 || now - $0 >= Self.pauseOfLooks } ?? true }
        }
        var free: Set<[Int64]> = []
        for rows in due {
            outcome.note {
                if try shelf.hasBodies(upTo: rows) {
                    neededRows.withLock { $0[rows] = now }
                } else {
                    free.insert(rows)
                }
                return false
            }
        }
        return free
    }

    private func isOver(_ secret: TaskSecret) -> Bool {
        switch secret.kind {
        case .hpkeKey: secret.times.isErasable(at: now, policy)
        case .leaderToken, .collectorToken, .uploadToken: !secret.times.isValid(at: now)
        case .verifyKey, .aggregatorToken: false
        }
    }
}
