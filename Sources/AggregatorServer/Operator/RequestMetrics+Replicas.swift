import Aggregator
import PopulusDAP

/// What the metrics say of the processes of a role, and of work that went from one to another.
extension RequestMetrics {
    /// - Parameter isOneOfSeveral: whether other processes may work on the store.
    static func movedText(_ tasks: [ServedTask], isOneOfSeveral: Bool) -> String {
        let moved = tasks.compactMap { task in task.moved.map { (task.id, $0.numbers) } }
        func lines(_ name: String, _ value: (MovedWork.Numbers) -> String) -> [String] {
            moved.map { "\(name){task=\"\($0)\"} \(value($1))" }.sorted()
        }
        let rebuilding = "populus_rebuild_seconds_total"
        let rebuilt = series(
            rebuilding, "counter", "What shards took to be made again: segments, and steps without node state.",
            lines(rebuilding) { "\(($0.rebuilding / .milliseconds(1)).rounded() / 1000)" })
        guard isOneOfSeveral else { return rebuilt }
        let (passedOn, lost, taken) = (
            "populus_passed_on_total", "populus_passed_on_failures_total", "populus_taken_over_total"
        )
        return rebuilt
            + series(
                passedOn, "counter", "Requests passed on to the process that has their job, by task.",
                lines(passedOn) { "\($0.passedOn)" })
            + series(
                lost, "counter", "Those of them that the other process did not answer, by task.",
                lines(lost) { "\($0.lost)" })
            + series(
                taken, "counter", "Work taken over from processes that died or ended, by task.",
                lines(taken) { "\($0.takenOver)" })
    }

    /// Which processes there are; two of one address are one that was started again.
    static func replicaText(_ known: [KnownReplica]) -> String {
        guard !known.isEmpty else { return "" }
        let living = Dictionary(known.map { ($0.address, $0.isAlive) }) { $0 || $1 }
        return series(
            "populus_replicas", "gauge", "Processes of this role that live, by the store's clock.",
            ["populus_replicas \(known.count(where: \.isAlive))"])
            + series(
                "populus_replica_up", "gauge",
                "1 for each process of this role that lives, 0 for one that is known still.",
                living.map { "populus_replica_up{address=\"\(label($0))\"} \($1 ? 1 : 0)" }.sorted())
    }

    /// What another process has told, as a label's value.
    private static func label(_ address: String) -> String {
        ForeignText.escaped(address).filter { $0 != "\"" && $0 != "\\" }
    }
}
