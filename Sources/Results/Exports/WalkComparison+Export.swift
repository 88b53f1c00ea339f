import PopulusCollector
import ResultText

extension WalkComparison {
    private var opening: ResultsJSON.Members {
        [
            ("format", JSONText.string(ResultsJSON.format)), ("kind", JSONText.string("comparison")),
            ("earlier", JSONText.object(earlier.shortMembers)), ("later", JSONText.object(later.shortMembers)),
            ("votes", "\(threshold)"), ("coverage", coverage.map { "\($0)" } ?? "null"),
            ("confidence", "\(confidence)"),
            (
                "changes",
                JSONText.object(Change.allCases.map { kind in (kind.rawValue, "\(changes(kind).count)") })
            ),
        ]
    }

    /// One JSON object in one line, the strings in its member `result`, in the order of ``changes``.
    package var json: String {
        ResultsJSON.line(opening + [("result", JSONText.array(changes.map { JSONText.object(row($0)) }))])
    }

    /// Lines of JSON: the comparison without its strings, then one line a string.
    package var jsonLines: String {
        ResultsJSON.line(opening)
            + changes.map { ResultsJSON.line([("kind", JSONText.string("change"))] + row($0)) }.joined()
    }

    /// What stands beside a CSV file: all but the strings.
    package func sidecar(csv: String) -> String {
        ResultsJSON.line(opening + [("csv", JSONText.string(CSVWriter.escaped(Array(csv.utf8))))])
    }

    private func row(_ change: StringChange) -> ResultsJSON.Members {
        func side(_ count: Int64?, _ head: WalkHead) -> String {
            count.map { JSONText.object(ResultsJSON.count($0, in: head)) } ?? "null"
        }
        return [("change", JSONText.string(change.change.rawValue))] + ResultsJSON.value(change.value, of: later.task)
            + [("earlier", side(change.earlier, earlier)), ("later", side(change.later, later))]
    }

    /// The header of ``csv(raw:)``: what follows where a walk has noise stands at the end.
    package static func csvHeader(grouped: Bool, noisy: Bool) -> String {
        "change," + (grouped ? CSVHeader.group : "")
            + "value,earlier_count,earlier_fraction,later_count,later_fraction"
            + (noisy ? ",earlier_low,earlier_high,later_low,later_high" : "")
    }

    /// Every header that a comparison can have.
    package static let csvHeaders = [false, true].flatMap { grouped in
        [false, true].map { csvHeader(grouped: grouped, noisy: $0) }
    }

    /// One record a string; a count is empty where a walk does not list the string.
    ///
    /// Spec: RFC 4180
    ///
    /// - Parameter raw: whether values are written as they are: no escapes and no guard against formulas.
    package func csv(raw: Bool = false) -> [UInt8] {
        let writer = CSVWriter(raw: raw)
        let hasNoise = coverage != nil
        let isGrouped = later.task.isGrouped
        var file = Array("\(Self.csvHeader(grouped: isGrouped, noisy: hasNoise))\r\n".utf8)
        for change in changes {
            let parts = later.task.parts(of: change.value)
            file += Array("\(change.change.rawValue),".utf8)
            if isGrouped { file += writer.field(parts?.group ?? []) + Array(",".utf8) }
            file += writer.field(parts?.string ?? change.value)
            var (counts, ends) = ("", "")
            for (count, head) in [(change.earlier, earlier), (change.later, later)] {
                let shown = count.map { UInt64(max(0, $0)) }
                counts += shown.map { ",\($0),\(CSVWriter.fraction($0, of: head.reports))" } ?? ",,"
                ends += count.map { head.interval(of: $0) }.map { ",\($0.low),\($0.high)" } ?? ",,"
            }
            file += Array("\(counts)\(hasNoise ? ends : "")\r\n".utf8)
        }
        return file
    }
}
