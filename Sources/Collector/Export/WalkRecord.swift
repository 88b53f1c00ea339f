import DAP
import Foundation

/// A finished walk: its result, and what it is a result of.
package struct WalkRecord: Hashable, Sendable {
    package let facts: ResultFacts
    package let walk: WalkID
    /// The threshold as it was written.
    package let threshold: String
    /// The level of each step, counted from 0.
    package let levels: [Int]
    package let result: DiscoveryResult

    /// - Parameters:
    ///   - state: the walk's, with its result in it.
    ///   - ended: seconds since the Epoch.
    package init(
        _ result: DiscoveryResult, of state: DiscoveryState, configuration: TaskConfiguration, version: String,
        ended: UInt64
    ) {
        facts = ResultFacts(
            version: version, task: state.task, vdaf: configuration.vdaf.name, batchMode: configuration.batchMode,
            asked: state.options.query(for: configuration).flatMap {
                ResultFacts.Span($0, precision: configuration.timePrecision)
            },
            interval: state.interval, began: UInt64(exactly: state.began.rounded()), ended: ended,
            reports: result.reports)
        walk = state.walk
        threshold = state.options.threshold
        levels = state.steps.map(\.level)
        self.result = result
    }

    /// One JSON object in one line; values are written as in CSV files, without the guard against formulas.
    package var json: String { JSONText.object(members + [("result", strings)]) + "\n" }

    /// The same without the strings, for a file beside a CSV file.
    package func sidecar(csv: String) -> String {
        JSONText.object(members + [("csv", JSONText.string(csv))]) + "\n"
    }

    private var members: [(name: String, value: String)] {
        facts.members(command: "discover") + [
            ("walk", JSONText.string(walk.base64URL)), ("threshold", JSONText.string(threshold)),
            ("votes", "\(result.votes)"), ("reports_at_start", "\(result.acceptedAtStart)"),
            ("late_rejections", "\(result.acceptedAtStart - min(result.acceptedAtStart, result.reports))"),
            ("levels", JSONText.array(levels.map { "\($0)" })), ("unfinished", "\(result.unfinished)"),
            ("seconds", String(format: "%.3f", result.seconds)), ("strings", "\(result.strings.count)"),
        ]
    }

    private var strings: String {
        JSONText.array(
            result.strings.map { string in
                JSONText.object([
                    ("value", JSONText.string(CSVWriter.escaped(string.value))), ("count", "\(string.count)"),
                    ("fraction", CSVWriter.fraction(string.count, of: result.reports)),
                ])
            })
    }
}

// MARK: - Reading

extension WalkRecord {
    private struct Stored: Decodable {
        struct Row: Decodable {
            let value: String
            let count: UInt64
        }

        let format: String
        let command: String
        let version: String
        let task: TaskID
        let vdaf: String
        let batch_mode: String
        let asked: ResultFacts.Span?
        let interval: ResultFacts.Span?
        let began: UInt64?
        let ended: UInt64
        let report_count: UInt64
        let walk: WalkID
        let threshold: String
        let votes: UInt64
        let reports_at_start: UInt64
        let levels: [Int]
        let unfinished: Int
        let seconds: Double
        let result: [Row]
    }

    /// Reads what `json` has written; nil for anything else.
    package init?(json: [UInt8]) {
        // The folder may hold what is none of ours: it is passed over.
        guard let stored = try? JSONDecoder().decode(Stored.self, from: Data(json)),
            stored.format == ResultFacts.format, stored.command == "discover",
            let mode = [BatchMode.leaderSelected, .timeInterval].first(where: { $0.name == stored.batch_mode })
        else { return nil }
        var strings: [PopularString] = []
        for row in stored.result {
            guard let value = CSVWriter.unescaped(Array(row.value.utf8)) else { return nil }
            strings.append(PopularString(value: value, count: row.count))
        }
        facts = ResultFacts(
            version: stored.version, task: stored.task, vdaf: stored.vdaf, batchMode: mode, asked: stored.asked,
            interval: stored.interval, began: stored.began, ended: stored.ended, reports: stored.report_count)
        walk = stored.walk
        threshold = stored.threshold
        levels = stored.levels
        result = DiscoveryResult(
            strings: strings, reports: stored.report_count, acceptedAtStart: stored.reports_at_start,
            votes: stored.votes, unfinished: stored.unfinished, steps: stored.levels.count, seconds: stored.seconds)
    }
}
