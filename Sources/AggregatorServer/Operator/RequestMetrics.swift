import Aggregator
import PopulusDAP
import Synchronization

/// How many requests were answered, by operation, task and status; for `/metrics`.
final class RequestMetrics: Sendable {
    private struct Key: Hashable {
        /// Nothing for requests that were refused before they had one.
        var operation: Operation?
        /// Nothing for requests that were for no task, or not admitted.
        var task: TaskID?
        var status: Int
    }

    private struct RefusedUpload: Hashable {
        var task: TaskID
        var reason: UploadTokens.Refusal
    }

    private let counts = Mutex<[Key: Int]>([:])
    private let refusedUploads = Mutex<[RefusedUpload: Int]>([:])

    func count(_ operation: Operation?, task: TaskID?, status: Int) {
        counts.withLock { $0[Key(operation: operation, task: task, status: status), default: 0] += 1 }
    }

    func countRefusedUpload(_ reason: UploadTokens.Refusal, task: TaskID) {
        refusedUploads.withLock { $0[RefusedUpload(task: task, reason: reason), default: 0] += 1 }
    }

    /// Requests that were refused for want of an upload token, of tasks that have some.
    func uploadText(_ tasks: [ServedTask]) -> String {
        let fenced = tasks.filter { $0.uploadTokens != nil }.map(\.id)
        guard !fenced.isEmpty else { return "" }
        let counts = refusedUploads.withLock { $0 }
        let lines = fenced.flatMap { task in
            UploadTokens.Refusal.allCases.map { reason in
                let count = counts[RefusedUpload(task: task, reason: reason)] ?? 0
                return "populus_uploads_refused_total{task=\"\(task)\",reason=\"\(reason.rawValue)\"} \(count)"
            }
        }
        return Self.series(
            "populus_uploads_refused_total", "counter", "Upload requests without an upload token of the task.",
            lines.sorted())
    }

    /// Prometheus' text format.
    func text() -> String {
        let lines = counts.withLock { $0 }.map { key, count in
            let task = key.task.map { "task=\"\($0)\"," } ?? ""
            return
                "populus_http_requests_total{\(task)operation=\"\(key.operation?.rawValue ?? "refused")\",status=\"\(key.status)\"} \(count)"
        }
        return Self.series(
            "populus_http_requests_total", "counter", "Requests answered, by task, operation and status.",
            lines.sorted())
    }

    /// Which tasks are served, and whether their own work goes on.
    static func text(tasks: [TaskID], failing: Set<TaskID>) -> String {
        let lines = tasks.map { "populus_task_up{task=\"\($0)\"} \(failing.contains($0) ? 0 : 1)" }
        return series("populus_task_up", "gauge", "1 for each task whose work goes on, 0 if it fails.", lines.sorted())
    }

    /// Reports that were turned away.
    static func text(_ rejected: [(task: TaskID, counts: [ReportCount])]) -> String {
        let lines = rejected.flatMap { task, counts in
            counts.map { count in
                "populus_reports_rejected_total{task=\"\(task)\",reason=\"\(count.error.name)\",\(labels(of: count.point))} \(count.count)"
            }
        }
        return series(
            "populus_reports_rejected_total", "counter",
            "Reports turned away, by task, by reason and by where it showed.", lines.sorted())
    }

    private static func labels(of point: RejectionPoint) -> String {
        switch point {
        case .upload: "point=\"upload\""
        case .opening: "point=\"opening\""
        case .verification(let step, let level): "point=\"verification\",step=\"\(step)\",level=\"\(level)\""
        case .deletion: "point=\"deletion\""
        }
    }

    static func series(_ name: String, _ kind: String, _ help: String, _ lines: [String]) -> String {
        (["# HELP \(name) \(help)", "# TYPE \(name) \(kind)"] + lines).map { $0 + "\n" }.joined()
    }
}
