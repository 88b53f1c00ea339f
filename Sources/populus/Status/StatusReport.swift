import Foundation
import PopulusDAP

/// What `populus status` has found out.
struct StatusReport: Encodable {
    /// Of the file.
    let role: String
    let task: TaskID
    let looks: [AggregatorLook]
    let now: UInt64

    /// Why there is no result yet, as far as that can be said.
    let reason: CollectionReason?

    /// - Parameter role: of the file, or `operator`.
    init(role: String, task: TaskID, looks: [AggregatorLook], now: UInt64) {
        (self.role, self.task, self.looks, self.now) = (role, task, looks, now)
        reason = CollectionReason(looks, now: now)
    }

    private enum CodingKeys: String, CodingKey { case role, task, leader, helper, well, time, why }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(role, forKey: .role)
        try container.encode(task, forKey: .task)
        try container.encode(now, forKey: .time)
        try container.encode(code == nil, forKey: .well)
        try container.encodeIfPresent(reason, forKey: .why)
        for look in looks { try container.encode(look, forKey: look.role == "leader" ? .leader : .helper) }
    }

    /// One JSON object and a line end.
    var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        // Text, numbers and truth values always have a JSON form.
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) + "\n" } ?? "{}\n"
    }

    /// How the command ends; nothing if all is well.
    var code: CommandFailure.Code? {
        if looks.contains(where: { $0.state == .refuses || $0.status?.peer?.refuses == true }) { return .refused }
        let isAway = looks.contains { $0.state == .away || $0.status?.peer?.state == .fault }
        return isAway ? .temporary : reason?.code
    }
}

extension StatusReport {
    /// Lines for people, that fit into `columns`.
    func text(columns: Int) -> String {
        var rows = [("task", "\(task.base64URL.prefix(12))…")]
        for look in looks {
            rows.append((look.role, words(look)))
            if let reason = look.reason { rows.append(("", reason)) }
            rows += look.status.map { self.rows(of: $0, alone: looks.count == 1) } ?? []
        }
        if let reason { rows.append(("why", reason.sentence)) }
        return rows.flatMap { Self.wrapped($0.0, $0.1, columns: columns) }.joined(separator: "\n") + "\n"
    }

    private func words(_ look: AggregatorLook) -> String {
        switch (look.state, look.knowsTask) {
        case (.away, _): "away"
        case (.refuses, _): "refuses"
        case (.ok, true?): look.status == nil ? "ok, serves the task" : "ok"
        case (.ok, _): "ok, does not tell of the task"
        }
    }

    /// - Parameter alone: whether the other aggregator was not asked itself.
    private func rows(of status: TaskStatus, alone: Bool) -> [(String, String)] {
        var rows: [(String, String)] = []
        if let peer = status.peer { rows += self.rows(of: peer, at: status, alone: alone) }
        if let reports = status.reports {
            rows.append(("reports", reports.words + " wait"))
            if status.end == nil {
                rows.append(("", "(a batch needs \(reports.least); counted \(age(reports.countedAt)) ago)"))
            }
            if let oldest = reports.oldest, reports.count > 0 { rows.append(("oldest", "\(age(oldest))")) }
        }
        if let walk = status.walk {
            let what = walk.isRunning ? "at work" : "answered; waits for the collector"
            rows.append(("walk", "step \(walk.step), bit \(walk.bit): \(what)"))
        }
        if let open = status.collections, open > 0 {
            rows.append(("collect", "\(counted(open, "collection")) under way"))
        }
        return rows
    }

    private func rows(of peer: PeerStatus, at status: TaskStatus, alone: Bool) -> [(String, String)] {
        let isLeaders = status.role == Role.leader.name
        let (seen, by) = isLeaders ? ("helper", "the Leader") : ("leader", "the Helper")
        switch peer.state {
        case .ok where alone && isLeaders:
            let unchecked = peer.unchecked.map { "; unchecked: " + $0.joined(separator: ", ") } ?? ""
            return [(seen, "ok, says \(by)" + unchecked)]
        case .ok: return isLeaders ? [] : [("", "last heard of \(peer.since.map(age) ?? "now") ago")]
        case .fault:
            let since = peer.since.map { " since \(Moment.text($0))" } ?? ""
            return [
                (seen, (peer.refuses == true ? "refuses" : "away") + ", says \(by)\(since)"), ("", peer.reason ?? ""),
            ]
        case .unknown where isLeaders: return alone ? [(seen, "not looked at yet")] : []
        case .unknown:
            return [
                ("", peer.since.map { "the Leader was last heard of \(age($0)) ago" } ?? "not heard of the Leader yet")
            ]
        }
    }

    private func age(_ moment: UInt64) -> String { Ages(now: now).text(moment) }

    /// A label of eight characters and a text beside it, in as many lines as it needs.
    private static func wrapped(_ label: String, _ text: String, columns: Int) -> [String] {
        let width = max(columns - 9, 16)
        var lines: [String] = [""]
        for word in text.split(separator: " ") {
            var word = word
            let last = lines[lines.count - 1]
            if !last.isEmpty, last.count + 1 + word.count <= width {
                lines[lines.count - 1] = last + " " + word
                continue
            }
            if !last.isEmpty { lines.append("") }
            // An address has no spaces.
            while word.count > width {
                lines[lines.count - 1] = String(word.prefix(width))
                word = word.dropFirst(width)
                lines.append("")
            }
            lines[lines.count - 1] = String(word)
        }
        return lines.enumerated().map { index, line in
            let head = index == 0 ? label : ""
            return head + String(repeating: " ", count: max(1, 9 - head.count)) + line
        }
    }
}
