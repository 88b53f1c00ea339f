import PopulusCollector
import ResultText

extension KeptCollection {
    private var opening: ResultsJSON.Members {
        [
            ("format", JSONText.string(ResultsJSON.format)), ("kind", JSONText.string("collection")),
            ("collection", JSONText.string("\(key)")), ("version", JSONText.string(version)),
        ] + ResultsJSON.task(task) + [
            ("asked", ResultsJSON.span(asked)), ("interval", ResultsJSON.span(interval)),
            ("began", ResultsJSON.optional(began)), ("ended", "\(ended)"),
        ] + (noise?.members ?? []) + [
            ("report_count", "\(reports)"), ("rejections", ResultsJSON.rejections(rejections)),
            ("missing", JSONText.object(missing)), ("level", ResultsJSON.optional(candidates?.level)),
            ("one_number", "\(isOneNumber)"),
        ]
    }

    /// A collection has no threshold and no late rejections, and is cut off nowhere.
    private var missing: ResultsJSON.Members {
        [("rejected", ResultsJSON.sum(rejections)), ("half_width", "\(noise?.halfWidth ?? 0)")]
    }

    /// One JSON object in one line, the numbers in its member `result`, in the order of the question.
    ///
    /// Numbers have as many digits as they need, and are below zero where noise has taken them there.
    package var json: String {
        ResultsJSON.line(opening + [("result", JSONText.array(numbers.indices.map { JSONText.object(row($0)) }))])
    }

    /// Lines of JSON: the collection without its numbers, then one line a number.
    package var jsonLines: String {
        let key = JSONText.string("\(key)")
        return ResultsJSON.line(opening)
            + numbers.indices.map {
                ResultsJSON.line([("kind", JSONText.string("number")), ("collection", key)] + row($0))
            }.joined()
    }

    /// The numbers as `collect` writes them.
    ///
    /// Spec: RFC 4180
    ///
    /// - Parameter raw: whether candidates are written as they are: no escapes and no guard against formulas.
    package func csv(raw: Bool = false) -> [UInt8] {
        CSVWriter(raw: raw).file(
            of: numbers, candidates: candidates?.values, reports: reports, interval: interval, noise: noise)
    }

    /// What stands beside a CSV file: all but the numbers.
    package func sidecar(csv: String) -> String {
        ResultsJSON.line(opening + [("csv", JSONText.string(CSVWriter.escaped(Array(csv.utf8))))])
    }

    private func row(_ place: Int) -> ResultsJSON.Members {
        let number = numbers[place]
        return [("index", "\(place)")] + (candidates.map { ResultsJSON.value($0.values[place]) } ?? [])
            + [("number", "\(number)")] + (noise?.interval(of: number).members ?? [])
    }
}
