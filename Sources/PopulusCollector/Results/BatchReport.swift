import PopulusDAP
import PopulusSchemes
import PopulusVDAF

/// A batch's result: the answer's numbers in the order of the question, and what they are numbers of.
package struct BatchReport: Sendable {
    package let vdaf: VdafConfiguration
    package let answer: BatchAnswer
    package let precision: TimePrecision
    /// Poplar1's candidates.
    package let candidates: CandidateList?
    /// One number, or one for each element, bucket or candidate; candidates in the order in which they were given.
    ///
    /// As they were counted: noise can take one below zero.
    package let numbers: [Int128]
    /// Nothing where the numbers are exact.
    package let noise: NoiseFacts?

    /// - Throws: `inconsistent` where the numbers are not those of the candidates.
    package init(
        vdaf: VdafConfiguration, answer: BatchAnswer, precision: TimePrecision, candidates: CandidateList? = nil,
        noise: NoiseFacts? = nil
    ) throws(CollectorError) {
        self.vdaf = vdaf
        self.answer = answer
        self.precision = precision
        self.candidates = candidates
        self.noise = noise
        guard let candidates, case .vector(let vector) = answer.result else {
            numbers = answer.result.numbers
            return
        }
        guard let ordered = candidates.inOrder(vector) else {
            throw .inconsistent("the result has another number of counts than there are candidates")
        }
        numbers = ordered
    }

    /// The numbers as people are shown them: nothing is counted less than no times.
    package var shownNumbers: [UInt128] { numbers.map { UInt128(max(0, $0)) } }

    /// The first second of the batch's reports, and the first after them, since the Epoch; saturating.
    package var seconds: (start: UInt64, end: UInt64) {
        (
            answer.interval.start.secondsSinceEpoch(precision: precision),
            (answer.interval.end ?? Time(units: .max)).secondsSinceEpoch(precision: precision)
        )
    }
}

extension BatchReport {
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
}
