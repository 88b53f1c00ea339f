import DAP
import Foundation
import TaskFiles
import Testing

/// Taking part in a task: every role reads its file first (DAP §4.2.2).
@Suite struct TaskConformanceTests {
    /// Nobody takes part in a task with an extension that it does not know: the file of none of the roles is read.
    @Test(arguments: Role.allCases)
    func tasksWithUnknownExtensionsAreRefused(role: Role) throws {
        let known = try Sample.task(extensions: [.taskInterval(Sample.interval)])
        let strange = try Sample.task(
            extensions: [
                .taskInterval(Sample.interval), TaskExtension(type: 9, data: [1]), TaskExtension(type: 77, data: []),
            ])
        let key = HpkeKeyPair.generate(id: 1)
        let verifyKeys = [TaskFile.VerifyKey(id: 0, bytes: [UInt8](repeating: 0, count: 32))]
        let token = "a-token-of-some-length"
        let secrets: TaskFile.Secrets =
            switch role {
            case .client: .client
            case .leader:
                .leader(
                    .init(
                        hpkeKey: key, collectorHpkeConfig: key.config, verifyKeys: verifyKeys, aggregatorToken: token,
                        collectorToken: token))
            case .helper:
                .helper(
                    .init(
                        hpkeKey: key, collectorHpkeConfig: key.config, verifyKeys: verifyKeys, aggregatorToken: token))
            case .collector: .collector(.init(hpkeKey: key, collectorToken: token))
            }
        let good = try TaskFile(taskID: Sample.taskID, configuration: known, encoding: nil, secrets: secrets)
        var json = try #require(
            try JSONSerialization.jsonObject(with: Data(good.encoded())) as? [String: Any])
        _ = try TaskFile(decoding: good.encoded(), path: "PATH")
        json["task_configuration"] = Base64URL.encode(strange.encoded())
        let reason = "the task has extensions that this program does not know: 9, 77"
        #expect(throws: TaskFileError.malformed(path: "PATH", reason: reason)) {
            try TaskFile(decoding: Array(try JSONSerialization.data(withJSONObject: json)), path: "PATH")
        }
        #expect(throws: TaskFileError.inconsistent(reason)) {
            try TaskFile(taskID: Sample.taskID, configuration: strange, encoding: nil, secrets: secrets)
        }
        // A task with walks is one of them to whoever knows the extension under another code point.
        let walk = try Sample.task()
        #expect(throws: TaskFileError.self) {
            try TaskFile(
                taskID: Sample.taskID, configuration: walk, encoding: nil,
                walkCodePoints: WalkCodePoints(task: 8, aggregationJob: 8, collectionJob: 8), secrets: secrets)
        }
        _ = try TaskFile(taskID: Sample.taskID, configuration: walk, encoding: nil, secrets: secrets)
    }

    /// DAP §4.1: a file gives a URL back as the parties agreed on it, however odd.
    @Test(arguments: ["HTTP://Example.COM:80/%7Ea/../b//?q#f", "http://h", "http://h/", "http://[::1]:1/ a"])
    func filesKeepURLsAsTheyAre(_ url: String) throws {
        let sample = try Sample.task()
        let task = try TaskConfiguration(
            taskInfo: sample.taskInfo, leaderEndpoint: Array(url.utf8), helperEndpoint: Array((url + "/").utf8),
            timePrecision: sample.timePrecision, minBatchSize: 1, batchMode: .timeInterval, vdaf: .prio3Count,
            extensions: [])
        let file = try TaskFile(taskID: Sample.taskID, configuration: task, encoding: nil, secrets: .client)
        let read = try TaskFile(decoding: file.encoded(), path: "PATH").configuration
        #expect(read.leaderEndpoint == Array(url.utf8) && read.helperEndpoint == Array((url + "/").utf8))
        #expect(read.encoded() == task.encoded())
    }
}
