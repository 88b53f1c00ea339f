import PopulusDAP
import Testing

@Suite struct WalkTranscriptTests {
    private func initial(
        taskID: TaskID = Sample.taskID, jobID: AggregationJobID = Sample.jobID, digest: UInt8 = 0xD1,
        parameter: [UInt8] = hex("0000 00000002 00 80"), count: UInt32 = 9, bitmap: [UInt8] = [0xFF, 0x01]
    ) -> WalkTranscript {
        .initial(
            taskID: taskID, jobID: jobID, initRequestDigest: [UInt8](repeating: digest, count: 32),
            aggregationParameter: parameter, reportCount: count, acceptedBitmap: bitmap)
    }

    /// The values were found with another implementation of SHA-256 over the specification's text.
    @Test func hasTheValuesOfTheSpecification() {
        let first = initial()
        #expect(hexText(first.bytes) == "332eccc8d631040221ab31f980599d1550b858d1ac51304aa383c223018745af")
        let evaluating = first.evaluating(step: 1, aggregationParameter: hex("0001 00000001 40"))
        #expect(hexText(evaluating.bytes) == "5b9872b06f728396ad9a2568fcf703dc35656f8c59e95e5f2629a5f9d1653df6")
        let committed = evaluating.committing(verdicts: [0xFE, 0x01])
        #expect(hexText(committed.bytes) == "2aa6627b5459a5f37c652cbabdda42d7ded40b9733570791a9cfeb6c0dce27c6")
    }

    @Test func dependsOnEveryInput() {
        let variants = [
            initial(), initial(taskID: Sample.id(1)), initial(jobID: Sample.id(1)), initial(digest: 0xD2),
            initial(parameter: hex("0000 00000001 00")), initial(count: 10), initial(bitmap: [0xFE, 0x01]),
        ]
        #expect(Set(variants).count == variants.count)
        let first = initial()
        let steps = [
            first, first.evaluating(step: 1, aggregationParameter: [1]),
            first.evaluating(step: 2, aggregationParameter: [1]), first.evaluating(step: 1, aggregationParameter: [2]),
            first.committing(verdicts: [1]), first.committing(verdicts: [2]), first.committing(verdicts: []),
        ]
        #expect(Set(steps).count == steps.count)
    }
}
