import PopulusDAP
import Synchronization

/// What the Collector was told of its tasks.
final class CollectorTasks: Sendable {
    /// One task, with the key that the Collector drew for it.
    struct Entry: Sendable {
        let task: TaskObject
        let token: String
        let keyPair: HpkeKeyPair
        /// Known when the first collection has asked for it.
        var configuration: TaskConfiguration?
        /// How many steps of each walk were asked for.
        var steps: [WalkID: UInt16] = [:]
    }

    private let entries = Mutex<[TaskID: Entry]>([:])

    /// Takes a task in; the same request again gets the key that was drawn at first.
    func add(_ command: CollectorTaskCommand) throws(InteropError) -> HpkeConfig {
        let drawn = HpkeKeyPair.generate(id: .random(in: 0...255))
        let entry = entries.withLock { entries in
            let known = entries[command.task.taskID]
            let entry = known ?? Entry(task: command.task, token: command.collectorToken, keyPair: drawn)
            if known == nil { entries[command.task.taskID] = entry }
            return entry
        }
        guard entry.task == command.task, entry.token == command.collectorToken else {
            throw .refused("the Collector has another task of this ID")
        }
        return entry.keyPair.config
    }

    func entry(_ id: TaskID) throws(InteropError) -> Entry {
        guard let entry = entries.withLock({ $0[id] }) else { throw .refused("no such task: add_task comes first") }
        return entry
    }

    func set(_ configuration: TaskConfiguration, of id: TaskID) {
        entries.withLock { $0[id]?.configuration = configuration }
    }

    /// Notes that a step of a walk was asked for.
    func asked(_ walk: WalkJobExtension, of id: TaskID) {
        let (next, overflow) = walk.step.addingReportingOverflow(1)
        entries.withLock { entries in
            let known = entries[id]?.steps[walk.walkID] ?? 0
            entries[id]?.steps[walk.walkID] = overflow ? known : max(known, next)
        }
    }
}
