import Crypto
import PopulusDAP
import Testing

@Suite struct TaskFingerprintTests {
    private static let collector = HpkeConfig(
        id: 17, kemID: 0x0020, kdfID: 0x0001, aeadID: 0x0001, publicKey: [UInt8](repeating: 9, count: 32))

    private func fingerprint(
        _ task: TaskConfiguration, id: TaskID = Sample.taskID, collector: HpkeConfig = collector
    ) -> TaskFingerprint { TaskFingerprint(taskID: id, configuration: task, collector: collector) }

    @Test func isTheHashOfIDConfigurationAndCollector() throws {
        let task = try Sample.task()
        // The Collector's key as the article has it: ID, KEM, KDF, AEAD, length, key.
        let key = [17, 0, 0x20, 0, 1, 0, 1, 0, 32] + [UInt8](repeating: 9, count: 32)
        let text = Array("populus task fingerprint 2\n".utf8) + Sample.taskID.bytes + task.encoded() + key
        #expect(text.starts(with: Array("populus task fingerprint 2\n".utf8)) && text[26] == 0x0a)
        #expect(fingerprint(task).bytes == Array(SHA256.hash(data: text)))
        #expect("\(fingerprint(task))".split(separator: " ").map(\.count) == [Int](repeating: 4, count: 8))
    }

    @Test func changesWithIDConfigurationAndCollector() throws {
        let task = try Sample.task()
        let first = fingerprint(task)
        #expect(fingerprint(task, id: Sample.id(1)) != first)
        #expect(fingerprint(try Sample.task(bits: 255)) != first)
        #expect(fingerprint(try Sample.task(extensions: [])) != first)
        #expect(fingerprint(try Sample.task(batchMode: .timeInterval)) != first)
        #expect(fingerprint(task, collector: HpkeKeyPair.generate(id: 17).config) != first)
        #expect(fingerprint(try Sample.task()) == first)
    }
}
