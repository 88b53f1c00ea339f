import AggregatorServer
import Foundation
import PopulusDAP

extension TaskEntry {
    /// A line of a list.
    var line: String {
        let origin = source == .file ? "file " : "store"
        let name = ForeignText.escaped(self.name)
        return "\(taskID)  \(state.rawValue.padding(toLength: 8, withPad: " ", startingAt: 0))  \(origin)  \(name)"
            + (reason.map { "  (\(ForeignText.escaped($0)))" } ?? "")
    }

    /// In two columns.
    var rows: [(String, String)] {
        var rows = [
            ("task", "\(taskID)"), ("role", role), ("state", stateText),
            ("from", source == .file ? "a file that was given with --task" : "the store"),
            ("info", ForeignText.escaped(name)), ("leader", leader), ("helper", helper), ("vdaf", vdaf),
        ]
        if let added { rows.append(("added", Moment.text(added))) }
        if let reason { rows.append(("reason", ForeignText.escaped(reason))) }
        return rows + [("fingerprint", fingerprint)]
    }

    private var stateText: String {
        switch state {
        case .active: "active"
        case .closing: "closing: no further report is taken\(closed.map { ", since \(Moment.text($0))" } ?? "")"
        case .ended: "ended: its work is over\(stopped.map { ", since \(Moment.text($0))" } ?? "")"
        case .unserved: "not served by this process"
        }
    }
}

extension TaskDetails {
    /// In two columns.
    var rows: [(String, String)] {
        var rows: [(String, String)] = []
        if let reports = status?.reports { rows.append(("reports", "\(reports.count) wait")) }
        if let collections = status?.collections {
            rows.append(("collections", "\(collections) wait for their result"))
        }
        if let walk = status?.walk { rows.append(("walk", "at step \(walk.step)")) }
        if status?.isFailing == true { rows.append(("work", "fails: the log says why")) }
        // What two parties compare comes last.
        return task.rows.dropLast() + rows + rotationRows + task.rows.suffix(1)
    }
}

/// One JSON object and the end of its line.
enum JSONText {
    static func of(_ value: some Encodable) throws(CommandFailure) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do { return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n" } catch {
            throw CommandFailure(.software, "it has no JSON: \(error)")
        }
    }
}
