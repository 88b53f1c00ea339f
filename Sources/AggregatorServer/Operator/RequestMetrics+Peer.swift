import Aggregator
import PopulusDAP

/// What the metrics say of the other aggregator, and of what goes wrong again and again.
extension RequestMetrics {
    static func peerText(_ tasks: [ServedTask]) -> String {
        let watched = tasks.compactMap { task in task.backend.watch.map { (task.id, $0) } }
        guard !watched.isEmpty else { return "" }
        let up = watched.compactMap { id, watch -> String? in
            let state = watch.status.state
            return state == .unknown ? nil : "populus_peer_up{task=\"\(id)\"} \(state == .ok ? 1 : 0)"
        }
        let failures = watched.map { "populus_peer_failures_total{task=\"\($0)\"} \($1.failures)" }
        return series(
            "populus_peer_up", "gauge", "1 for each task whose Helper answers as it should, 0 if it does not.",
            up.sorted())
            + series(
                "populus_peer_failures_total", "counter", "Requests to the Helper without a right answer, by task.",
                failures.sorted())
    }

    /// - Parameter requests: those of requests, which belong to no task.
    static func troubleText(_ tasks: [ServedTask], requests: Troubles) -> String {
        let own = tasks.flatMap { task in
            (task.backend.troubles?.counts ?? [:]).map { "task=\"\(task.id)\",trouble=\"\(short($0))\"} \($1)" }
        }
        let others = requests.counts.map { "trouble=\"\(short($0))\"} \($1)" }
        return series(
            "populus_troubles_total", "counter", "How often the log's lines of troubles that last came about.",
            (own + others).map { "populus_troubles_total{" + $0 }.sorted())
    }

    /// The text without what follows a colon, as a label's value.
    private static func short(_ text: String) -> String {
        String(text.prefix { $0 != ":" }.filter { $0 != "\"" && $0 != "\\" })
    }
}
