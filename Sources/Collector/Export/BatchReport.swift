import DAP
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
    package var json: String {
        let list = "[" + numbers.map { "\($0)" }.joined(separator: ",") + "]"
        let result = if case .number(let number) = answer.result { "\(number)" } else { list }
        var members = [
            "\"vdaf\":\"\(vdaf.name)\"", "\"result\":\(result)", "\"report_count\":\(answer.reports)",
            "\"interval\":{\"start\":\(seconds.start),\"end\":\(seconds.end)}",
        ]
        if let candidates {
            let values = candidates.values.map { Self.quoted(CSVWriter.escaped($0)) }
            members += ["\"level\":\(candidates.level)", "\"candidates\":[" + values.joined(separator: ",") + "]"]
        }
        return "{" + members.joined(separator: ",") + "}\n"
    }

    /// A JSON string of printable text.
    ///
    /// Spec: RFC 8259 §7
    private static func quoted(_ text: [UInt8]) -> String {
        let escaped = text.flatMap { "\"\\".utf8.contains($0) ? [UInt8(ascii: "\\"), $0] : [$0] }
        return "\"" + String(decoding: escaped, as: UTF8.self) + "\""
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
        var file = Array(
            "\(candidates == nil ? "index" : "candidate"),result,report_count,interval_start,interval_end\r\n".utf8)
        for (index, number) in numbers.enumerated() {
            file += candidates.map { writer.field($0.values[index]) } ?? Array("\(index)".utf8)
            file += Array(",\(number),\(answer.reports),\(seconds.start),\(seconds.end)\r\n".utf8)
        }
        return file
    }
}
