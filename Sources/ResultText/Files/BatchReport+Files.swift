import Collector
import DAP
import VDAF

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
