import DAP
import Testing

@Suite struct TaskFingerprintTests {
    /// Computed apart from this code, from the sample's bytes as the article describes it.
    @Test func isTheHashOfIDAndConfiguration() throws {
        let fingerprint = try Sample.task().fingerprint(of: Sample.taskID)
        #expect(
            hexText(fingerprint.bytes) == "b5d43328220f2291a574060c9ac87b34d78dcee2a1599591fcb90024967f0e1a")
        #expect("\(fingerprint)" == "wxkd gkbc b4rj djlu aygj vsd3 gtly 3txc")
    }

    @Test func changesWithIDAndConfiguration() throws {
        let task = try Sample.task()
        let fingerprint = task.fingerprint(of: Sample.taskID)
        #expect(task.fingerprint(of: Sample.id(1)) != fingerprint)
        #expect(try Sample.task(bits: 255).fingerprint(of: Sample.taskID) != fingerprint)
        #expect(try Sample.task(extensions: []).fingerprint(of: Sample.taskID) != fingerprint)
        #expect(try Sample.task(batchMode: .timeInterval).fingerprint(of: Sample.taskID) != fingerprint)
        #expect(try Sample.task().fingerprint(of: Sample.taskID) == fingerprint)
    }
}
