import Aggregator
import PopulusDAP
import Synchronization

/// How many requests were answered, by operation, task and status, and how long they took; for `/metrics`.
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

    private struct State {
        var counts: [Key: Int] = [:]
        /// Of all tasks together: a thousand tasks would have as many histograms of each operation.
        var durations: [Operation: Histogram] = [:]
        var refusedUploads: [RefusedUpload: Int] = [:]
    }

    private let state = Mutex(State())

    /// - Parameter began: when the request's head was there; nothing where it was refused.
    func count(_ operation: Operation?, task: TaskID?, status: Int, since began: ContinuousClock.Instant? = nil) {
        let time = began?.duration(to: .now)
        state.withLock { state in
            state.counts[Key(operation: operation, task: task, status: status), default: 0] += 1
            guard let operation, let time else { return }
            state.durations[operation, default: .quick].observe(time)
        }
    }

    func countRefusedUpload(_ reason: UploadTokens.Refusal, task: TaskID) {
        state.withLock { $0.refusedUploads[RefusedUpload(task: task, reason: reason), default: 0] += 1 }
    }

    func tell(_ exposition: inout Exposition) {
        let (counts, durations) = state.withLock { ($0.counts, $0.durations) }
        for (key, count) in counts {
            let operation = key.operation?.rawValue ?? "refused"
            exposition.add(
                .requests,
                [("task", key.task.map { "\($0)" }), ("operation", operation), ("status", "\(key.status)")], count)
        }
        for (operation, histogram) in durations {
            exposition.add(.requestDuration, [("operation", operation.rawValue)], histogram)
        }
    }

    /// Requests that were refused for want of an upload token, of tasks that have some.
    func tellRefusedUploads(of tasks: [ServedTask], _ exposition: inout Exposition) {
        let counts = state.withLock { $0.refusedUploads }
        for task in tasks where task.uploadTokens.map({ !$0.isOpen }) ?? false {
            for reason in UploadTokens.Refusal.allCases {
                let count = counts[RefusedUpload(task: task.id, reason: reason)] ?? 0
                exposition.add(
                    .refusedUploads, [("task", "\(task.id)"), ("reason", reason.rawValue)], count)
            }
        }
    }
}
