import DAP
import Schemes
import VDAF

/// A batch's result with the words that belong to it.
package struct BatchReport: Sendable {
    package let vdaf: VdafConfiguration
    package let answer: BatchAnswer
    package let precision: TimePrecision
    /// Poplar1's candidates.
    package let candidates: CandidateList?
    /// One number, or one for each element, bucket or candidate; candidates in the order in which they were given.
    package let numbers: [UInt128]

    /// - Throws: `inconsistent` where the numbers are not those of the candidates.
    package init(
        vdaf: VdafConfiguration, answer: BatchAnswer, precision: TimePrecision, candidates: CandidateList? = nil
    ) throws(CollectorError) {
        self.vdaf = vdaf
        self.answer = answer
        self.precision = precision
        self.candidates = candidates
        switch answer.result {
        case .number(let number): numbers = [number]
        case .vector(let vector):
            guard let candidates else {
                numbers = vector
                return
            }
            guard let ordered = candidates.inOrder(vector) else {
                throw .inconsistent("the result has another number of counts than there are candidates")
            }
            numbers = ordered
        }
    }

    /// The first second of the batch's reports, and the first after them, since the Epoch; saturating.
    package var seconds: (start: UInt64, end: UInt64) {
        (
            answer.interval.start.secondsSinceEpoch(precision: precision),
            (answer.interval.end ?? Time(units: .max)).secondsSinceEpoch(precision: precision)
        )
    }
}

extension BatchReport {
    /// One JSON object in one line.
    ///
    /// `result` is a number or an array of numbers, however many digits they have; `interval` is in seconds since the
    /// Epoch, its end not included. Candidates are written as in CSV files.
    package func json(_ facts: ResultFacts) -> String {
        let result: String =
            if case .number(let number) = answer.result {
                "\(number)"
            } else {
                JSONText.array(numbers.map { "\($0)" })
            }
        var members = members(facts)
        if let candidates {
            let values = candidates.values.map { JSONText.string(CSVWriter.escaped($0)) }
            members.append(("candidates", JSONText.array(values)))
        }
        members.append(("result", result))
        return JSONText.object(members) + "\n"
    }

    /// The same without the numbers and the candidates, for a file beside a CSV file.
    package func sidecar(_ facts: ResultFacts, csv: String) -> String {
        JSONText.object(members(facts) + [("csv", JSONText.string(csv))]) + "\n"
    }

    private func members(_ facts: ResultFacts) -> [(name: String, value: String)] {
        facts.members(command: "collect") + (candidates.map { [("level", "\($0.level)")] } ?? [])
    }

    /// What the answer says of itself, as every result does.
    package func facts(
        task: BatchTask, version: String, asked: Query, began: UInt64?, ended: UInt64
    ) -> ResultFacts {
        ResultFacts(
            version: version, task: task.id, vdaf: vdaf.name, batchMode: task.configuration.batchMode,
            asked: ResultFacts.Span(asked, precision: precision),
            interval: ResultFacts.Span(start: seconds.start, end: seconds.end), began: began, ended: ended,
            reports: answer.reports)
    }

    /// A header, and one record for each number, each line ended by CR and LF.
    ///
    /// The first column is the candidate, or the index counted from 0.
    ///
    /// Spec: RFC 4180
    ///
    /// - Parameter raw: whether candidates are written as they are: no escapes and no guard against formulas.
    package func csv(raw: Bool = false) -> [UInt8] {
        let writer = CSVWriter(raw: raw)
        var file = Array("\(candidates == nil ? CSVHeader.numbers : CSVHeader.candidates)\r\n".utf8)
        for (index, number) in numbers.enumerated() {
            file += candidates.map { writer.field($0.values[index]) } ?? Array("\(index)".utf8)
            file += Array(",\(number),\(answer.reports),\(seconds.start),\(seconds.end)\r\n".utf8)
        }
        return file
    }
}
