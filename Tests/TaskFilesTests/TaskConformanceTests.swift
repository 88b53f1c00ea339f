import Foundation
import PopulusDAP
import PopulusTaskFiles
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

    /// A noise that this program cannot go by is no less unknown than its extension.
    @Test func noiseOfAnotherVersionIsRefused() throws {
        func file(_ data: [UInt8], _ points: WalkCodePoints = .provisional) throws(TaskFileError) -> TaskFile {
            let noise = TaskExtension(type: points.noise, data: data)
            guard let task = try? Sample.task(extensions: [noise]) else { throw .inconsistent("sample") }
            return try TaskFile(
                taskID: Sample.taskID, configuration: task, encoding: nil, walkCodePoints: points, secrets: .client)
        }
        let good: [UInt8] = [0, 1] + [0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9]
        for points in [.provisional, WalkCodePoints(noise: 0xFE00)] {
            let read = try TaskFile(decoding: try file(good, points).encoded(), path: "PATH")
            #expect(read.walkCodePoints == points)
            #expect(try read.configuration.batchNoise(points)?.inverseDelta == 9)
        }
        for data in [[0, 2] + good.dropFirst(2), [], good + [0]] as [[UInt8]] {
            #expect(throws: TaskFileError.self) { try file(data) }
        }
    }

    /// Files of earlier versions have no code point for noise; a task without extensions has none at all.
    @Test func filesWithoutTheCodePointOfNoise() throws {
        let walk = try TaskFile(
            taskID: Sample.taskID, configuration: try Sample.task(), encoding: nil, secrets: .client)
        var json = try #require(
            try JSONSerialization.jsonObject(with: Data(walk.encoded())) as? [String: Any])
        var points = try #require(json["walk_code_points"] as? [String: Any])
        #expect(points["noise"] as? Int == 0xFD58)
        points["noise"] = nil
        json["walk_code_points"] = points
        let old = try TaskFile(decoding: Array(try JSONSerialization.data(withJSONObject: json)), path: "PATH")
        #expect(old.walkCodePoints == .provisional)
        let plain = try TaskFile(
            taskID: Sample.taskID, configuration: try Sample.task(extensions: []), encoding: nil, secrets: .client)
        #expect(!String(decoding: plain.encoded(), as: UTF8.self).contains("walk_code_points"))
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
