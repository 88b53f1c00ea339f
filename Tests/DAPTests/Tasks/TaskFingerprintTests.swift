import DAP
import Testing

@Suite struct TaskFingerprintTests {
    /// Computed apart from this code, from the sample's bytes as the article describes it.
    @Test func isTheHashOfIDAndConfiguration() throws {
        let fingerprint = try Sample.task().fingerprint(of: Sample.taskID)
        #expect(
            hexText(fingerprint.bytes) == "ebf0f3583df546841c8cbc0a8fcfea6024d333a540b0cfe0ba6df52e813e0532")
        #expect("\(fingerprint)" == "5pyp gwb5 6vdi ihem xqfi 7t7k masn gm5f")
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
