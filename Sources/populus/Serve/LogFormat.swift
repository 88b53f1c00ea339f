import ArgumentParser
import Foundation
import Logging
import PopulusDAP

/// How a server writes its log.
enum LogFormat: String, CaseIterable, ExpressibleByArgument, Sendable {
    /// A line for people.
    case text
    /// A line that is one JSON object.
    case json

    /// Lets every logger of the process write this way.
    func bootstrap(level: Logger.Level) {
        switch self {
        case .text: EscapingLogHandler.bootstrap(level: level)
        case .json: LoggingSystem.bootstrap { JSONLogHandler(label: $0, level: level) }
        }
    }
}

/// Standard error, one JSON object a line: `time`, `level`, `logger`, `message` and, where there is some, `metadata`.
///
/// Every text is escaped as in ``EscapingLogHandler`` before JSON escapes it: whoever prints a member prints one line
/// without codes that a terminal obeys.
struct JSONLogHandler: LogHandler {
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    private let label: String
    private let write: @Sendable (String) -> Void

    init(
        label: String, level: Logger.Level,
        write: @escaping @Sendable (String) -> Void = { StandardStream.error.write($0) }
    ) {
        self.label = label
        logLevel = level
        self.write = write
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var all = metadata.merging(event.metadata ?? [:]) { _, new in new }
        if let error = event.error, all["error"] == nil { all["error"] = .string("\(error)") }
        write(Self.line(event.level, label, "\(event.message)", all, at: Date()))
    }

    private struct Line: Encodable {
        var time: String
        var level: String
        var logger: String
        var message: String
        var metadata: [String: String]?
    }

    /// A line with its end.
    static func line(
        _ level: Logger.Level, _ label: String, _ message: String, _ metadata: Logger.Metadata, at date: Date
    ) -> String {
        let line = Line(
            time: date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)), level: level.rawValue,
            logger: label, message: ForeignText.escaped(message),
            metadata: metadata.isEmpty ? nil : metadata.mapValues { ForeignText.escaped("\($0)") })
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Text always has a JSON form, and a log that failed could not be told of in the log.
        return (try? encoder.encode(line)).map { String(decoding: $0, as: UTF8.self) + "\n" } ?? ""
    }
}
