import Foundation
import PopulusDAP
import PopulusTaskFiles
import Testing

/// Files of other programs, other versions and other people: what is refused, and in which words.
@Suite struct TaskFileRefusalTests {
    /// Every file is read with the same rules.
    @Test func filesWithOtherURLsAreRefused() throws {
        let sample = try Sample.task()
        for (leader, helper, said) in [
            ("http://127.0.0.1:99999/", "http://h/", "the Leader's base URL cannot be: \"99999\" is no port"),
            ("http://l/", "http://h/a/../", "the Helper's base URL"), ("http://l/", "http://l:80/", "both shares"),
        ] {
            let configuration = try TaskConfiguration(
                taskInfo: sample.taskInfo, leaderEndpoint: Array(leader.utf8), helperEndpoint: Array(helper.utf8),
                timePrecision: sample.timePrecision, minBatchSize: sample.minBatchSize, batchMode: sample.batchMode,
                vdaf: .prio3Count, extensions: [])
            let file = try TaskFile(taskID: .random(), configuration: configuration, encoding: nil, secrets: .client)
            let path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
            defer { try? FileManager.default.removeItem(atPath: path) }
            try file.write(to: path, replacing: false)
            do throws(TaskFileError) {
                _ = try TaskFile(readingFrom: path)
                Issue.record("\(leader) and \(helper) were taken")
            } catch {
                #expect(error.description.contains(said), "\(error)")
            }
        }
    }

    /// The files of all four roles go through this: aggregators, clients, Collector, `task show`.
    @Test func aTaskFileSaysWhyAnOldTaskIsRefused() throws {
        // The extension as it was before it had a version: it begins with `min_threshold`.
        let earlier: [UInt8] = [
            0, 0, 0, 0, 0, 0, 0, 10, 0, 0, 0x27, 0x10, 0x01, 0x2c, 0, 1, 0x86, 0xa0, 0, 7, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1,
            0x51, 0x80, 0,
        ]
        let old = try Sample.task(extensions: [TaskExtension(type: 0xFD57, data: earlier)])
        do throws(TaskFileError) {
            _ = try TaskFile(taskID: Sample.taskID, configuration: old, encoding: nil, secrets: .client)
            Issue.record("an old task was taken")
        } catch {
            #expect(error.description.contains("made by an earlier version"))
            #expect(error.description.contains("bound on bits a step"))
            #expect(error == .outdated(path: nil, reason: "\(WalkExtensionError.earlierVersion)"))
        }
    }

    @Test func taskFilesOfOthersAreQuotedEscaped() {
        for text in [#"{"format":"\u001b[2J"}"#, #"{"\u001b\n":1}"#, "\u{1b}"] {
            do {
                _ = try TaskFile(decoding: Array(text.utf8), path: "PATH")
                Issue.record("read: \(text)")
            } catch {
                #expect(!"\(error)".unicodeScalars.contains { !ForeignText.isPrintable($0) }, "\(error)")
            }
        }
    }
}
