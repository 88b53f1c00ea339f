import Foundation
import PopulusDAP
import Schedule
import Synchronization
import Testing

/// How notices wait, and are delivered in the background.
@Suite struct DeliveryTests {
    /// Does with notices what it was told to, and writes down which came.
    private final class Scripted: NoticeCarrier {
        let carried = Mutex<[String]>([])
        private let answers: Mutex<[NoticeAttempt]>
        private let pause: Duration

        init(_ answers: [NoticeAttempt] = [], pause: Duration = .zero) {
            self.answers = Mutex(answers)
            self.pause = pause
        }

        func carry(id: String, body: [UInt8], path: String) async -> NoticeAttempt {
            // Cancelled, it answers at once.
            try? await Task.sleep(for: pause)
            carried.withLock { $0.append(id + ":" + String(decoding: body, as: UTF8.self)) }
            return answers.withLock { $0.isEmpty ? .delivered : $0.removeFirst() }
        }

        func shutdown() async {}
    }

    private static let bounds = DeliveryBounds(
        patience: 5, age: 1_000_000,
        pauses: RetrySchedule.Policy(
            first: .milliseconds(1), longest: .milliseconds(4), longestAsked: .milliseconds(4), jitter: 0.5))

    private static func withOutbox(_ body: (NoticeOutbox) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "notices-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(NoticeOutbox(folder: folder.path))
    }

    private static var now: UInt64 { UInt64(Date().timeIntervalSince1970) }

    @Test func whatIsPutThereIsDeliveredOnceAndGoes() async throws {
        try await Self.withOutbox { outbox in
            #expect(outbox.entries.isEmpty)
            try outbox.put(id: "b", time: Self.now, body: Array("2".utf8))
            try outbox.put(id: "a-_", time: Self.now - 9, body: Array("1".utf8))
            // It waits already, and stays as it is.
            try outbox.put(id: "b", time: Self.now + 1, body: Array("3".utf8))
            #expect(outbox.entries.map(\.id) == ["a-_", "b"])
            let attributes = try FileManager.default.attributesOfItem(atPath: outbox.folder)
            #expect(attributes[.posixPermissions] as? Int == 0o700)
            let carrier = Scripted()
            let delivery = NoticeDelivery(outbox, by: carrier, within: Self.bounds) { Issue.record("\($0)") }
            delivery.wake()
            delivery.wake()
            #expect(await delivery.finish(within: .seconds(20)) == 0)
            #expect(carrier.carried.withLock { $0 } == ["a-_:1", "b:2"])
        }
    }

    @Test func aFailureIsTriedAgainAndARefusalIsNot() async throws {
        try await Self.withOutbox { outbox in
            try outbox.put(id: "a", time: Self.now - 1, body: [])
            try outbox.put(id: "b", time: Self.now, body: [])
            let told = Mutex<[String]>([])
            let carrier = Scripted([
                .later("busy", retryAfter: nil), .later("busy", retryAfter: .seconds(3600)), .delivered, .refused("no"),
            ])
            let delivery = NoticeDelivery(outbox, by: carrier, within: Self.bounds) { text in
                told.withLock { $0.append(text) }
            }
            delivery.wake()
            #expect(await delivery.finish(within: .seconds(20)) == 0)
            #expect(carrier.carried.withLock { $0 } == ["a:", "a:", "a:", "b:"])
            #expect(told.withLock { $0 } == ["notice b is not delivered: no"])
        }
    }

    /// A receiver that takes its time holds nobody up, and what is not delivered stays.
    @Test func aSlowReceiverIsNotWaitedFor() async throws {
        try await Self.withOutbox { outbox in
            try outbox.put(id: "a", time: Self.now, body: [])
            let began = ContinuousClock.now
            let carrier = Scripted([.later("slow", retryAfter: nil)], pause: .seconds(600))
            let delivery = NoticeDelivery(outbox, by: carrier, within: Self.bounds) { _ in }
            delivery.wake()
            #expect(await delivery.finish(within: .milliseconds(100)) == 1)
            #expect(ContinuousClock.now - began < .seconds(60))
            #expect(outbox.entries.map(\.id) == ["a"])
        }
    }

    @Test func patienceEndsAndTheNoticeWaits() async throws {
        try await Self.withOutbox { outbox in
            try outbox.put(id: "a", time: Self.now, body: [])
            let carrier = Scripted(Array(repeating: .later("away", retryAfter: nil), count: 1_000_000))
            var bounds = Self.bounds
            bounds.patience = 0.1
            let delivery = NoticeDelivery(outbox, by: carrier, within: bounds) { _ in }
            delivery.wake()
            #expect(await delivery.finish(within: .seconds(20)) == 1)
        }
    }

    @Test func whatIsTooOldOrTooMuchIsGivenUp() async throws {
        try await Self.withOutbox { outbox in
            let now = Self.now
            try outbox.put(id: "old", time: now - 1_000_001, body: [])
            for number in 0...NoticeOutbox.most {
                try outbox.put(id: "n\(number)", time: now + UInt64(number), body: [])
            }
            let told = Mutex(0)
            let carrier = Scripted()
            let delivery = NoticeDelivery(outbox, by: carrier, within: Self.bounds) { _ in told.withLock { $0 += 1 } }
            delivery.wake()
            #expect(await delivery.finish(within: .seconds(60)) == 0)
            #expect(told.withLock { $0 } == 2)
            let carried = carrier.carried.withLock { $0 }
            #expect(carried.count == NoticeOutbox.most && carried.first == "n1:")
        }
    }

    /// Foreign files of the folder stay, and are nobody's notice.
    @Test func whatIsNoNoticeIsPassedOver() async throws {
        try await Self.withOutbox { outbox in
            try outbox.put(id: "a", time: Self.now, body: [])
            for name in ["x", "-.notice.json", "12.notice.json", "12-.notice.json", "x-y.notice.json"] {
                try Data("mine".utf8).write(to: URL(filePath: "\(outbox.folder)/\(name)"))
            }
            #expect(outbox.entries.map(\.id) == ["a"])
        }
    }

    // MARK: Programs

    private static func program(_ script: String, _ folder: String) throws -> String {
        let path = "\(folder)/program"
        try Data("#!/bin/sh\n\(script)\n".utf8).write(to: URL(filePath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: path)
        return path
    }

    private static func run(
        _ script: String, body: String = "{}", time: Duration = .seconds(20)
    ) async throws -> (attempt: NoticeAttempt, out: String) {
        let folder = FileManager.default.temporaryDirectory.appending(path: "program-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let input = "\(folder)/input"
        try Data(body.utf8).write(to: URL(filePath: input))
        let carrier = ProgramCarrier(try program(script.replacing("OUT", with: "\(folder)/out"), folder), time: time)
        let attempt = await carrier.carry(id: "the-id", body: Array(body.utf8), path: input)
        let out = FileManager.default.contents(atPath: "\(folder)/out") ?? Data()
        return (attempt, String(decoding: out, as: UTF8.self))
    }

    @Test func aProgramGetsTheNoticeAndNothingElse() async throws {
        setenv("POPULUS_TEST_SECRET", "do not tell", 1)
        let ended = try await Self.run("cat > OUT; env >> OUT", body: #"{"a":1}"#)
        #expect(ended.attempt == .delivered)
        #expect(ended.out.hasPrefix(#"{"a":1}"#) && ended.out.contains("POPULUS_NOTICE=the-id"))
        #expect(!ended.out.contains("do not tell"))
    }

    @Test func aProgramsEndSaysWhatBecameOfIt() async throws {
        #expect(try await Self.run("exit 75").attempt == .later("the program ended with 75", retryAfter: nil))
        #expect(try await Self.run("exit 3").attempt == .refused("the program ended with 3"))
        #expect(try await Self.run("kill -9 $$").attempt == .refused("the program was ended by signal 9"))
        let missing = ProgramCarrier("/nowhere/at/all")
        #expect(
            await missing.carry(id: "a", body: [], path: "/dev/null") == .refused("the program cannot be started"))
    }

    /// One that does not end, nor what it has started, is ended.
    @Test func aProgramHasATimeLimit() async throws {
        let began = ContinuousClock.now
        let ended = try await Self.run("sleep 600 & wait", time: .milliseconds(300))
        guard case .later = ended.attempt else { return #expect(Bool(false), "\(ended.attempt)") }
        #expect(ContinuousClock.now - began < .seconds(60))
    }
}
