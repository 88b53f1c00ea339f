import PopulusCollector
import ResultText

extension KeptWalk {
    private var opening: ResultsJSON.Members {
        [("format", JSONText.string(ResultsJSON.format)), ("kind", JSONText.string("walk"))] + head.members
            + (groupSums?.members ?? [])
    }

    /// By group and over groups; nil in a task without groups.
    package var groupSums: GroupSums? { head.task.isGrouped ? GroupSums(of: strings, noise: head.noise) : nil }

    /// One JSON object in one line, the strings in its member `result`, most votes first.
    package var json: String {
        let rows = strings.map { JSONText.object(row($0)) }
        return ResultsJSON.line(opening + [("result", JSONText.array(rows))])
    }

    /// Lines of JSON: the walk without its strings, then one line a string, most votes first.
    ///
    /// Each line says by `kind` what it is (`walk`, `string`), and by `walk` of which walk.
    package var jsonLines: String {
        let walk = JSONText.string(head.walk.base64URL)
        return ResultsJSON.line(opening)
            + strings.map {
                ResultsJSON.line([("kind", JSONText.string("string")), ("walk", walk)] + row($0))
            }.joined()
    }

    /// The strings as `discover` writes them.
    ///
    /// Spec: RFC 4180
    ///
    /// - Parameter raw: whether values are written as they are: no escapes and no guard against formulas.
    package func csv(raw: Bool = false) -> [UInt8] {
        CSVWriter(raw: raw).file(of: strings, total: head.reports, noise: head.noise, grouped: head.task.isGrouped)
    }

    /// What stands beside a CSV file: all but the strings.
    package func sidecar(csv: String) -> String {
        ResultsJSON.line(opening + [("csv", JSONText.string(CSVWriter.escaped(Array(csv.utf8))))])
    }

    private func row(_ string: PopularString) -> ResultsJSON.Members {
        ResultsJSON.value(string.value, of: head.task) + ResultsJSON.count(string.count, in: head)
    }
}
