import Foundation
import PopulusCollector
import PopulusDAP
import PopulusStringCodec

extension WalkRecord {
    /// One JSON object in one line; values are written as in CSV files, without the guard against formulas.
    package var json: String { json(nil) }

    /// The same with the known strings of values that are hashes: all of them, in an array beside the hash.
    package func json(_ names: HashNames?) -> String {
        JSONText.object(members + (names?.members ?? []) + groupMembers(sums) + [("result", strings(names))]) + "\n"
    }

    /// Lines of JSON: the walk without its strings, then one line a string, most votes first.
    ///
    /// Each line says by `kind` what it is (`walk`, `string`), and by `walk` of which walk.
    package func jsonLines(_ names: HashNames? = nil) -> String {
        let kind = { (kind: String) in [("kind", JSONText.string(kind))] }
        let walk = [("walk", JSONText.string(walk.base64URL))]
        let opening = JSONText.object(kind("walk") + members + (names?.members ?? []) + groupMembers(sums)) + "\n"
        return opening
            + result.strings.map { JSONText.object(kind("string") + walk + row($0, names)) + "\n" }.joined()
    }

    /// The same without the strings, for a file beside a CSV file.
    package func sidecar(csv: String, _ names: HashNames? = nil) -> String {
        JSONText.object(members + (names?.members ?? []) + groupMembers(sums) + [("csv", JSONText.string(csv))]) + "\n"
    }

    private var members: [(name: String, value: String)] {
        facts.members(command: "discover") + [
            ("walk", JSONText.string(walk.base64URL)), ("threshold", JSONText.string(threshold)),
            ("votes", "\(result.votes)"),
        ] + noiseMembers + [
            ("reports_at_start", "\(result.acceptedAtStart)"),
            ("late_rejections", "\(result.acceptedAtStart - min(result.acceptedAtStart, result.reports))"),
            ("levels", JSONText.array(levels.map { "\($0)" })), ("unfinished", "\(result.unfinished)"),
        ] + beginningMembers + [
            ("seconds", String(format: "%.3f", result.seconds)), ("strings", "\(result.strings.count)"),
        ] + otherMembers
    }

    private var noiseMembers: [(name: String, value: String)] {
        noise.map { [("margin", "\(margin)")] + $0.members } ?? []
    }

    private var beginningMembers: [(name: String, value: String)] {
        guard !result.beginnings.isEmpty else { return [] }
        return [("beginnings", JSONText.array(result.beginnings.map { JSONText.string(CSVWriter.escaped($0)) }))]
    }

    private var otherMembers: [(name: String, value: String)] {
        result.other.map { [("other", JSONText.object([("count", "\(max(0, $0))")] + ends($0)))] } ?? []
    }

    private func ends(_ count: Int64) -> [(name: String, value: String)] {
        noise?.interval(of: count).members ?? []
    }

    /// By group and over groups; nil in tasks without groups.
    private var sums: GroupSums? { isGrouped ? GroupSums(of: result.strings, noise: noise) : nil }

    private func groupMembers(_ sums: GroupSums?) -> [(name: String, value: String)] {
        sums.map { [("grouped", "true")] + $0.members } ?? []
    }

    private func strings(_ names: HashNames?) -> String {
        JSONText.array(result.strings.map { JSONText.object(row($0, names)) })
    }

    private func row(_ string: PopularString, _ names: HashNames?) -> [(name: String, value: String)] {
        let parts = isGrouped ? GroupedValue(string.value) : nil
        let value = parts?.string ?? string.value
        return (parts.map { [("group", JSONText.string(CSVWriter.escaped($0.group)))] } ?? []) + [
            ("value", JSONText.string(CSVWriter.escaped(value))), ("count", "\(string.shownCount)"),
            ("fraction", CSVWriter.fraction(string.shownCount, of: result.reports)),
        ] + ends(string.count) + (names?.known(value) ?? [])
    }
}

// MARK: - Reading

extension WalkRecord {
    private struct Stored: Decodable {
        struct Row: Decodable {
            let group: String?
            let value: String
            let count: Int64
        }

        struct Other: Decodable { let count: Int64 }

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
        /// Only where they were told.
        let rejections: [StoredRejection]?
        let walk: WalkID
        let threshold: String
        let votes: UInt64
        let margin: UInt64?
        let guarantee: NoiseFacts.StoredGuarantee?
        let noise: NoiseFacts.StoredNoise?
        let reports_at_start: UInt64
        let levels: [Int]
        let unfinished: Int
        let beginnings: [String]?
        let seconds: Double
        let other: Other?
        /// Only where there are groups.
        let grouped: Bool?
        let result: [Row]
    }

    /// Reads what `json` has written; nil for anything else.
    package init?(json: [UInt8]) {
        // The folder may hold what is none of ours: it is passed over.
        guard let stored = try? JSONDecoder().decode(Stored.self, from: Data(json)),
            stored.format == ResultFacts.format, stored.command == "discover",
            let mode = [BatchMode.leaderSelected, .timeInterval].first(where: { $0.name == stored.batch_mode })
        else { return nil }
        let beginnings = (stored.beginnings ?? []).compactMap { CSVWriter.unescaped(Array($0.utf8)) }
        guard beginnings.count == stored.beginnings?.count ?? 0 else { return nil }
        let rejections = stored.rejections?.compactMap(\.rejected)
        guard rejections?.count == stored.rejections?.count else { return nil }
        var strings: [PopularString] = []
        for row in stored.result {
            guard let value = CSVWriter.unescaped(Array(row.value.utf8)) else { return nil }
            let group = row.group.map { CSVWriter.unescaped(Array($0.utf8)) }
            guard group != .some(nil) else { return nil }
            let whole = (group ?? nil).map { GroupedValue(group: $0, string: value).bytes } ?? value
            strings.append(PopularString(value: whole, count: row.count))
        }
        let facts = ResultFacts(
            version: stored.version, task: stored.task, vdaf: stored.vdaf, batchMode: mode, asked: stored.asked,
            interval: stored.interval, began: stored.began, ended: stored.ended, reports: stored.report_count,
            rejections: rejections)
        let result = DiscoveryResult(
            strings: strings, other: stored.other?.count, reports: stored.report_count,
            acceptedAtStart: stored.reports_at_start, votes: stored.votes, unfinished: stored.unfinished,
            beginnings: beginnings, steps: stored.levels.count, seconds: stored.seconds)
        self.init(
            facts: facts, walk: stored.walk, threshold: stored.threshold, margin: stored.margin ?? 0,
            noise: NoiseFacts(stored.guarantee, stored.noise), levels: stored.levels, result: result,
            isGrouped: stored.grouped ?? false)
    }
}
