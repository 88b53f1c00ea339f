import Foundation
import PopulusDAP
import PopulusReportMaking
import PopulusSchemes
import PopulusTaskFiles
import PopulusVDAF
import PopulusWireCodec
import Testing

/// Whole reports of the browser module, with fixed randomness, are those of the Swift client, and both aggregators open them.
@Suite struct BrowserReportTests {
    /// What a report is made of.
    private struct Measured {
        let vdaf: VdafConfiguration
        var encoding: String?
        let value: Value
        var group: String?
    }

    private enum Value: Encodable {
        case string(String)
        case number(UInt64)
        case numbers([UInt64])

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .string(let string): try container.encode(string)
            case .number(let number): try container.encode(number)
            case .numbers(let numbers): try container.encode(numbers)
            }
        }
    }

    /// A job for the script `report.mjs`.
    private struct Job: Encodable {
        struct Key: Encodable {
            let id: UInt8
            let publicKey: String
        }

        let task: String
        let value: Value
        let group: String?
        let leader: Key
        let helper: Key
        let id: String
        let rand: String
        let now: UInt64
    }

    private static let measured: [Measured] = [
        Measured(vdaf: .poplar1(bits: 256), encoding: "bytes", value: .string("https://example.org/ä")),
        Measured(vdaf: .poplar1(bits: 64), encoding: "hex", value: .string("0123456789abcDEF")),
        Measured(vdaf: .poplar1(bits: 256), encoding: "url-1", value: .string("https://www.example.org/crash?id=17")),
        Measured(vdaf: .poplar1(bits: 64), encoding: "hash-1", value: .string("any string at all")),
        Measured(vdaf: .poplar1(bits: 33), encoding: "hash-1", value: .string("")),
        Measured(vdaf: .poplar1(bits: 256), encoding: "group-1+url-1", value: .string("https://a.org/"), group: "7.1"),
        Measured(vdaf: .poplar1(bits: 128), encoding: "group-1+hash-1", value: .string("anything"), group: "x"),
        Measured(vdaf: .poplar1(bits: 128), encoding: "group-1+bytes", value: .string("a\tb"), group: "12"),
        Measured(vdaf: .prio3Count, value: .number(1)),
        Measured(vdaf: .prio3Sum(maxMeasurement: 1_000_000), value: .number(999_999)),
        Measured(
            vdaf: .prio3SumVec(length: 10, maxMeasurement: 255, chunkLength: 9), value: .numbers([UInt64](0..<10))),
        Measured(vdaf: .prio3Histogram(length: 20, chunkLength: 4), value: .number(19)),
        Measured(
            vdaf: .prio3MultihotCountVec(length: 5, chunkLength: 2, maxWeight: 3), value: .numbers([1, 0, 1, 0, 1])),
    ]

    private let leader = HpkeKeyPair.generate(id: 3)
    private let helper = HpkeKeyPair.generate(id: 200)
    private let taskID = TaskID.random()
    private let id = ReportID.random()
    private let now: UInt64 = 1_800_000_123

    private func configuration(_ measured: Measured) throws -> TaskConfiguration {
        try TaskConfiguration(
            taskInfo: TaskFile.taskInfo(name: "browser", encoding: measured.encoding),
            leaderEndpoint: Array("https://leader.example/dap/".utf8),
            helperEndpoint: Array("https://helper.example/".utf8), timePrecision: TimePrecision(seconds: 300),
            minBatchSize: 10, batchMode: .timeInterval, vdaf: measured.vdaf, extensions: [])
    }

    private func reportTask(_ measured: Measured) throws -> ReportTask {
        try ReportTask(taskID: taskID, configuration: configuration(measured), encoding: measured.encoding)
    }

    private func rand(of task: ReportTask) -> [UInt8] { (0..<task.randSize).map { UInt8(truncatingIfNeeded: 3 * $0) } }

    private func job(_ measured: Measured) throws -> Job {
        let file = try TaskFile(
            taskID: taskID, configuration: configuration(measured), encoding: measured.encoding, secrets: .client)
        let task = try reportTask(measured)
        return Job(
            task: String(decoding: file.encoded(), as: UTF8.self), value: measured.value, group: measured.group,
            leader: key(leader), helper: key(helper), id: Self.hex(id.bytes), rand: Self.hex(rand(of: task)), now: now)
    }

    private func key(_ pair: HpkeKeyPair) -> Job.Key {
        Job.Key(id: pair.config.id, publicKey: Self.hex(pair.config.publicKey))
    }

    @Test func theSameAsTheSwiftClients() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "populus-jobs-\(UUID().uuidString).json")
        defer { try? FileManager.default.removeItem(at: file) }
        try JSONEncoder().encode(Self.measured.map(job)).write(to: file)
        let printed = try BrowserBuild.node("report.mjs", [file.path])
        let reports = try JSONDecoder().decode([String].self, from: Data(printed.utf8))
        try #require(reports.count == Self.measured.count)
        for (report, measured) in zip(reports, Self.measured) {
            try check(Report(decoding: Self.bytes(report)), measured)
        }
    }

    private func check(_ report: Report, _ measured: Measured) throws {
        let what = "\(measured.vdaf) \(measured.encoding ?? "")"
        let task = try reportTask(measured)
        let draft = try task.draft(
            of: measurement(measured, of: task), id: id, rand: rand(of: task), secondsSinceEpoch: now)
        #expect(report.metadata == draft.metadata, "\(what)")
        #expect(report.publicShare == draft.publicShare, "\(what)")
        let sides = [
            (leader, report.leaderEncryptedInputShare, draft.leaderShare),
            (helper, report.helperEncryptedInputShare, draft.helperShare),
        ]
        for (key, sealed, share) in sides {
            let opened = try key.open(sealed, label: share.label, associatedData: share.associatedData)
            #expect(sealed.configID == key.config.id && opened == share.plaintext, "\(what)")
        }
    }

    private func measurement(_ measured: Measured, of task: ReportTask) throws -> VdafMeasurement {
        switch measured.value {
        case .string(let string):
            try task.measurement(of: Array(string.utf8), group: measured.group.map { Array($0.utf8) })
        case .number(let number): try task.measurement(of: number)
        case .numbers(let numbers): try task.measurement(of: numbers)
        }
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    private static func bytes(_ hex: String) -> [UInt8] {
        let digits = hex.compactMap(\.hexDigitValue)
        return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
}
