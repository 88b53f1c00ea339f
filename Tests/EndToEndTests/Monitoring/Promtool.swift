import Foundation
import Testing

/// Prometheus' own checker, where it is there: `Tools/promtool` unpacks it from Debian's package.
enum Promtool {
    static let path: URL? = {
        let unpacked = Checkout.root.appending(path: ".build/promtool/usr/bin/promtool").path
        let found = ProcessInfo.processInfo.environment["PATH", default: ""].split(separator: ":")
            .map { "\($0)/promtool" }
        return ([unpacked] + found).first { FileManager.default.isExecutableFile(atPath: $0) }
            .map { URL(filePath: $0) }
    }()

    static var isThere: Bool { path != nil }

    static func run(_ arguments: [String], in scratch: Scratch) async throws -> CommandResult {
        guard let path else { throw HarnessError("promtool is missing") }
        return try await scratch.run(path, arguments, within: .seconds(120))
    }

    /// A file of `Tools/monitoring`.
    static func file(_ name: String) -> URL { Checkout.tool("monitoring/\(name)") }
}

/// What two looks at the metrics of a real process would have Prometheus know.
struct Scrapes {
    var before: [String: String]
    var after: [String: String]

    /// - Parameter before: nothing where there was no process.
    init(_ before: String, _ after: String, instance: String) {
        (self.before, self.after) = (Self.series(before, instance), Self.series(after, instance))
    }

    /// The samples by their series, with the labels that Prometheus gives them; and whether there was an answer.
    private static func series(_ text: String, _ instance: String) -> [String: String] {
        let own = "job=\"populus\",instance=\"\(instance)\""
        var series = ["up{\(own)}": text.isEmpty ? "0" : "1"]
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            guard let space = line.lastIndex(of: " ") else { continue }
            let (name, value) = (line[..<space], line[line.index(after: space)...])
            let labelled = name.hasSuffix("}") ? "\(name.dropLast()),\(own)}" : "\(name){\(own)}"
            series[labelled] = String(value)
        }
        return series
    }

    /// Half an hour of the first look, then two hours of the second: at once, or what a counter rose by in each half hour.
    private func values(of name: String) -> String {
        let (first, second) = (before[name] ?? "_", after[name] ?? "_")
        let family = name.prefix { $0 != "{" }
        let isCounter = ["_total", "_bucket", "_count", "_sum"].contains { family.hasSuffix($0) }
        guard isCounter, let from = Double(first), let to = Double(second), to > from else {
            return "\(first)x30 \(second)x120"
        }
        return "\(first)x30 \(from)+\((to - from) / 30)x120"
    }

    /// Tests for promtool that expect an alert to fire, or with nothing any alert not to.
    ///
    /// A disk that has little room may be this machine's own.
    func test(_ alert: String?) -> String {
        let wanted = alert.map { "alertname=\"\($0)\"" } ?? "alertname!=\"PopulusDiskFills\""
        var lines = [
            "rule_files: [\(Promtool.file("alerts.yml").path)]", "evaluation_interval: 1m", "tests:",
            "  - interval: 1m", "    input_series:",
        ]
        for name in Set(before.keys).union(after.keys).sorted() {
            lines.append("      - series: '\(name.replacing("'", with: "''"))'")
            lines.append("        values: '\(values(of: name))'")
        }
        lines += [
            "    promql_expr_test:",
            "      - expr: 'clamp_max(count(count_over_time(ALERTS{alertstate=\"firing\",\(wanted)}[3h])), 1)'",
            "        eval_time: 145m",
        ]
        lines += alert == nil ? ["        exp_samples: []"] : ["        exp_samples: [{labels: '{}', value: 1}]"]
        return lines.joined(separator: "\n") + "\n"
    }
}

extension Scrapes {
    /// Has counters that appear with the second look be there before, at 0: in Prometheus' eyes they have not risen otherwise.
    mutating func beginAtZero(_ family: String) {
        for name in after.keys where name.hasPrefix(family + "{") && before[name] == nil { before[name] = "0" }
    }

    /// Expects each of some alerts to fire.
    func expect(
        _ alerts: String..., in scratch: Scratch, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        for alert in alerts {
            let file = try scratch.write(Data(test(alert).utf8), to: "\(alert).yml")
            let result = try await Promtool.run(["test", "rules", file.path], in: scratch)
            #expect(result.status == 0, "\(alert): \(result.output)\n\(after)", sourceLocation: sourceLocation)
        }
    }
}
