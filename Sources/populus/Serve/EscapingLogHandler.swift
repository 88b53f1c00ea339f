import Logging
import PopulusDAP

/// Standard error with every text escaped: a log line is one line, whatever the other side has sent.
struct EscapingLogHandler: LogHandler {
    private var inner: StreamLogHandler

    init(label: String, level: Logger.Level) {
        inner = .standardError(label: label)
        inner.logLevel = level
    }

    /// Lets every logger of the process write this way.
    static func bootstrap(level: Logger.Level) {
        LoggingSystem.bootstrap { EscapingLogHandler(label: $0, level: level) }
    }

    var logLevel: Logger.Level {
        get { inner.logLevel }
        set { inner.logLevel = newValue }
    }

    var metadata: Logger.Metadata {
        get { inner.metadata }
        set { inner.metadata = newValue.mapValues(Self.escaped) }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { inner[metadataKey: key] }
        set { inner[metadataKey: key] = newValue.map(Self.escaped) }
    }

    func log(event: LogEvent) {
        var event = event
        event.message = "\(ForeignText.escaped("\(event.message)"))"
        event.metadata = event.metadata?.mapValues(Self.escaped)
        if let error = event.error {
            event.metadata = (event.metadata ?? [:]).merging(["error": Self.escaped(.string("\(error)"))]) { old, _ in
                old
            }
            event.error = nil
        }
        inner.log(event: event)
    }

    private static func escaped(_ value: Logger.MetadataValue) -> Logger.MetadataValue {
        .string(ForeignText.escaped("\(value)"))
    }
}
