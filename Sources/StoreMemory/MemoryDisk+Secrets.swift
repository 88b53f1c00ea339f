import Aggregator
import PopulusDAP

/// The secrets of kept tasks, and which reports' bytes are kept.
extension MemoryDisk {
    func changeSecrets(
        of task: TaskID, _ body: ([TaskSecret]) -> [TaskSecret]
    ) throws -> (task: KeptTask, revision: UInt64) {
        guard tasks.contains(where: { $0.id == task && $0.entry.kept != nil }) else { throw StoreError.missing }
        return try change(task) { entry in
            guard let known = entry.kept else { throw StoreError.missing }
            let wanted = body(known.secrets)
            let change = SecretChange(from: known.secrets, to: wanted)
            guard !change.isEmpty else { return (known, entry.revision) }
            var secrets = known.secrets
            for (place, times) in change.retimed { secrets[place].times = times }
            let removed = Set(change.removed)
            secrets = secrets.enumerated().filter { !removed.contains($0.offset) }.map(\.element) + change.added
            let now = known.with(secrets: secrets)
            entry.kept = now
            entry.revision += 1
            return (now, entry.revision)
        }
    }
}

extension MemoryDisk.Entry {
    /// What a report's place is counted from, so that no two tasks have a row in common.
    private var firstRow: Int64 { jobRows.lowerBound }

    /// The greatest row of a report whose bytes are kept.
    var lastBody: Int64? {
        tables.reports.lastIndex { $0.body != nil }.map { firstRow + Int64($0) }
    }

    /// Whether bytes are kept of a report of this task up to a row, which may be another task's.
    func hasBodies(upTo last: Int64) -> Bool {
        guard jobRows.contains(last) else { return false }
        return tables.reports.prefix(Int(last - firstRow) + 1).contains { $0.body != nil }
    }
}
