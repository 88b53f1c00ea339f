import PopulusCollector
import PopulusDAP
import PopulusVDAF

extension BatchReport {
    /// One JSON object in one line.
    ///
    /// `result` is a number or an array of numbers, however many digits they have; `interval` is in seconds since the
    /// Epoch, its end not included. Candidates are written as in CSV files. With noise a number can be below zero, and
    /// `low` and `high` are the ends of each one's 95 % interval.
    package func json(_ facts: ResultFacts) -> String {
        var members = members(facts)
        if let candidates {
            let values = candidates.values.map { JSONText.string(CSVWriter.escaped($0)) }
            members.append(("candidates", JSONText.array(values)))
        }
        members.append(("result", shaped(numbers)))
        if let noise {
            let intervals = numbers.map { noise.interval(of: $0) }
            members += [("low", shaped(intervals.map(\.low))), ("high", shaped(intervals.map(\.high)))]
        }
        return JSONText.object(members) + "\n"
    }

    /// A number where the result is one, or else an array.
    private func shaped(_ numbers: [some BinaryInteger]) -> String {
        guard case .number = answer.result, let number = numbers.first else {
            return JSONText.array(numbers.map { "\($0)" })
        }
        return "\(number)"
    }

    /// The same without the numbers and the candidates, for a file beside a CSV file.
    package func sidecar(_ facts: ResultFacts, csv: String) -> String {
        JSONText.object(members(facts) + [("csv", JSONText.string(csv))]) + "\n"
    }

    private func members(_ facts: ResultFacts) -> [(name: String, value: String)] {
        facts.members(command: "collect") + (noise?.members ?? [])
            + (candidates.map { [("level", "\($0.level)")] } ?? [])
    }

    /// A header, and one record for each number, each line ended by CR and LF.
    ///
    /// The first column is the candidate, or the index counted from 0. With noise a result can be below zero, and the last
    /// two columns are the ends of its 95 % interval.
    ///
    /// Spec: RFC 4180
    ///
    /// - Parameter raw: whether candidates are written as they are: no escapes and no guard against formulas.
    package func csv(raw: Bool = false) -> [UInt8] {
        CSVWriter(raw: raw).file(
            of: numbers, candidates: candidates?.values, reports: answer.reports,
            interval: ResultFacts.Span(start: seconds.start, end: seconds.end), noise: noise)
    }
}

extension CSVWriter {
    /// The whole file of a batch: see `BatchReport.csv`.
    package func file(
        of numbers: [Int128], candidates: [[UInt8]]?, reports: UInt64, interval: ResultFacts.Span,
        noise: NoiseFacts? = nil
    ) -> [UInt8] {
        let header = candidates == nil ? CSVHeader.numbers : CSVHeader.candidates
        var file = Array("\(header)\(noise == nil ? "" : CSVHeader.interval)\r\n".utf8)
        for (index, number) in numbers.enumerated() {
            file += candidates.map { field($0[index]) } ?? Array("\(index)".utf8)
            let ends = Self.ends(number, noise)
            file += Array(",\(number),\(reports),\(interval.start),\(interval.end)\(ends)\r\n".utf8)
        }
        return file
    }
}
