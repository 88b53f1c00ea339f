import Logging
import Synchronization

/// Remembers what was logged from a level upwards.
final class LogRecorder: Sendable {
    private let recorded = Mutex<[String]>([])

    /// Levels and texts, such as `warning: the Helper …`.
    var lines: [String] { recorded.withLock { $0 } }

    func logger(_ level: Logger.Level = .info) -> Logger {
        Logger(label: "test") { _ in Handler(logLevel: level, recorder: self) }
    }

    private struct Handler: LogHandler {
        var logLevel: Logger.Level
        var metadata: Logger.Metadata = [:]
        let recorder: LogRecorder

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let reason = event.metadata?["reason"].map { " (\($0))" } ?? ""
            recorder.recorded.withLock { $0.append("\(event.level): \(event.message)\(reason)") }
        }
    }
}
