import Aggregator
import Synchronization

/// How many requests were answered, by operation and status; the text of `/metrics`.
final class RequestMetrics: Sendable {
    private struct Key: Hashable {
        /// Nothing for requests that were refused before they had one.
        var operation: Operation?
        var status: Int
    }

    private let counts = Mutex<[Key: Int]>([:])

    func count(_ operation: Operation?, status: Int) {
        counts.withLock { $0[Key(operation: operation, status: status), default: 0] += 1 }
    }

    /// Prometheus' text format.
    func text() -> String {
        let lines = counts.withLock { $0 }.map { key, count in
            "populus_http_requests_total{operation=\"\(key.operation?.rawValue ?? "refused")\",status=\"\(key.status)\"} \(count)"
        }
        return Self.series(
            "populus_http_requests_total", "Requests answered, by operation and status.", lines.sorted())
    }

    /// Reports that were turned away, in the same format.
    static func text(_ counts: [ReportCount]) -> String {
        let lines = counts.map { count in
            "populus_reports_rejected_total{reason=\"\(count.error.name)\",\(labels(of: count.point))} \(count.count)"
        }
        return series(
            "populus_reports_rejected_total", "Reports turned away, by reason and by where it showed.", lines.sorted())
    }

    private static func labels(of point: RejectionPoint) -> String {
        switch point {
        case .upload: "point=\"upload\""
        case .opening: "point=\"opening\""
        case .verification(let step, let level): "point=\"verification\",step=\"\(step)\",level=\"\(level)\""
        case .deletion: "point=\"deletion\""
        }
    }

    private static func series(_ name: String, _ help: String, _ lines: [String]) -> String {
        (["# HELP \(name) \(help)", "# TYPE \(name) counter"] + lines).map { $0 + "\n" }.joined()
    }
}
