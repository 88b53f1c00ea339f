import PopulusCollector
import PopulusStringCodec
import Testing

/// How long the first step is.
@Suite struct FirstQuestionTests {
    private func length(_ step: BitsPerStep, bits: Int, maxSteps: Int) -> Int? {
        let bounds = WalkBounds(
            minThreshold: 10, maxSteps: maxSteps, maxCandidates: 65_536, maxBitsPerStep: 4, firstStepMaxLevel: 7,
            firstStepMaxCandidates: 256)
        let planner = WalkPlanner(bits: bits, encoding: HexEncoding(), bounds: bounds, bitsPerStep: step)
        guard case .ask(let question) = planner.firstQuestion() else { return nil }
        return question.level + 1
    }

    /// Where all steps are needed the first one is no shorter than what the others leave.
    @Test func fewStepsBeginWithALongOne() {
        #expect(length(.auto, bits: 64, maxSteps: 64) == 6)
        #expect(length(.auto, bits: 64, maxSteps: 16) == 6)
        #expect(length(.auto, bits: 64, maxSteps: 15) == 8)
        #expect(length(.fixed(1), bits: 64, maxSteps: 64) == 1)
        #expect(length(.fixed(1), bits: 64, maxSteps: 16) == 4)
        #expect(length(.fixed(1), bits: 64, maxSteps: 15) == 8)
        // Never deeper than the task permits, whatever is needed.
        #expect(length(.auto, bits: 64, maxSteps: 3) == 8)
    }
}
