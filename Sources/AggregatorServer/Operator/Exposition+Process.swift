import Aggregator
import PopulusDAP

/// What the metrics say of the process, of its store, and of the processes of its role.
extension Exposition {
    mutating func add(_ facts: OperatorFacts, role: Role) {
        add(.buildInfo, [("version", facts.version), ("commit", facts.commit), ("role", role.name)], 1)
        guard let budget = facts.machine?.budget else { return }
        add(.stateBytes, [("place", "memory")], Self.coarse(budget.usedBytes))
        add(.stateBytes, [("place", "disk")], Self.coarse(budget.diskBytes))
        add(.stateDropped, [], budget.droppedStates)
    }

    /// The next power of two: the exact size would tell how many candidates of a walk that goes on have survived.
    private static func coarse(_ bytes: Int) -> Int {
        guard bytes > 1 else { return bytes }
        return 1 << min(62, Int.bitWidth - (bytes - 1).leadingZeroBitCount)
    }

    mutating func add(_ process: ProcessFacts) {
        if let value = process.cpuSeconds { add(.cpuSeconds, [], value) }
        if let value = process.residentBytes { add(.residentBytes, [], value) }
        if let value = process.openFiles { add(.openFiles, [], value) }
        if let value = process.greatestOpenFiles { add(.greatestOpenFiles, [], value) }
        if let value = process.startTime { add(.startTime, [], value) }
    }

    mutating func add(_ room: StoreRoom) {
        for (part, bytes) in room.bytes { add(.storeBytes, [("part", part)], bytes) }
        for (part, bytes) in room.freeBytes { add(.storeFreeBytes, [("part", part)], bytes) }
    }

    /// The transactions of all tasks together: they share one store.
    mutating func add(_ stores: [[StoreMeter.Kind: StoreMeter.Numbers]]) {
        guard !stores.isEmpty else { return }
        for kind in StoreMeter.Kind.allCases {
            var sum = StoreMeter.Numbers()
            for numbers in stores.compactMap({ $0[kind] }) {
                sum.durations.add(numbers.durations)
                sum.reruns += numbers.reruns
                sum.failures += numbers.failures
            }
            let label: Labels = [("kind", kind.rawValue)]
            add(.transactionDuration, label, sum.durations)
            add(.transactionRetries, label, sum.reruns)
            add(.transactionFailures, label, sum.failures)
        }
    }

    /// Work that went from one process to another.
    mutating func add(movedWorkOf tasks: [ServedTask]) {
        for task in tasks {
            guard let moved = task.moved?.numbers else { continue }
            let label: Labels = [("task", "\(task.id)")]
            add(.passedOn, label, moved.passedOn)
            add(.passedOnFailures, label, moved.lost)
            add(.takenOver, label, moved.takenOver)
        }
    }

    /// Which processes there are; two of one address are one that was started again.
    mutating func add(_ known: [KnownReplica]) {
        guard !known.isEmpty else { return }
        add(.replicas, [], known.count(where: \.isAlive))
        for (address, isAlive) in Dictionary(known.map { ($0.address, $0.isAlive) }, uniquingKeysWith: { $0 || $1 }) {
            add(.replicaUp, [("address", address)], isTrue: isAlive)
        }
    }
}
