import Aggregator
import Client
import Foundation
import PopulusDAP
import PopulusKernels
import PopulusSchemes
import PopulusVDAF
import Testing

/// Secrets of clients are gone from memory once they are used: a search of all of it finds none.
@Suite(.serialized, .enabled(if: MemoryScan.isPossible, "no process can read its own memory here")) struct WipingTests {
    /// Bytes with sixteen random ones in the middle.
    @inline(never) private static func filled(_ count: Int, _ markers: inout [MemoryScan.Marker]) -> [UInt8] {
        var bytes = [UInt8](repeating: 7, count: count)
        for index in count / 2..<count / 2 + 16 { bytes[index] = .random(in: 0...255) }
        markers.append(MemoryScan.Marker(bytes, at: count / 2))
        return bytes
    }

    /// The search finds what is there, and wiping takes it away.
    @Test(arguments: [100, 5000, 3 << 20]) func whatIsWipedIsGone(count: Int) throws {
        var markers: [MemoryScan.Marker] = []
        var bytes = Self.filled(count, &markers)
        #expect(try MemoryScan.count(markers) == 1)
        bytes.wipe()
        #expect(bytes.isEmpty)
        #expect(try MemoryScan.count(markers) == 0)
    }

    @inline(never) private static func useStack(_ marker: inout [MemoryScan.Marker]) -> UInt64 {
        var words = InlineArray<512, UInt64>(repeating: 0)
        for index in words.indices { words[index] = .random(in: 0 ... .max) }
        var pair = withUnsafeBytes(of: words[256]) { Array($0) } + withUnsafeBytes(of: words[257]) { Array($0) }
        marker.append(MemoryScan.Marker(pair, at: 0))
        pair.wipe()
        return words.indices.reduce(0) { $0 &+ words[$1] }
    }

    @Test func whatIsLeftOnTheStackIsGone() throws {
        var markers: [MemoryScan.Marker] = []
        #expect(Self.useStack(&markers) != 0)
        wipeStack()
        #expect(try MemoryScan.count(markers) == 0)
    }

    /// Places of a share that all paths have as sixteen bytes in a row.
    private static func note(_ share: consuming [UInt8], _ markers: inout [MemoryScan.Marker]) {
        for offset in [0, 16, 48, share.count / 2 & ~15, share.count - 16] where offset + 16 <= share.count {
            markers.append(MemoryScan.Marker(share, at: offset))
        }
        share.wipe()
    }

    @Test func anOpenedMessageIsGone() throws {
        let (key, label) = (HpkeKeyPair.generate(id: 1), HpkeLabel.inputShare(recipient: .leader))
        var markers: [MemoryScan.Marker] = []
        var sealed: [HpkeCiphertext] = []
        for count in [40, 1000, 20_000, 2 << 20] {
            var plaintext = Self.filled(count, &markers)
            sealed.append(try key.config.seal(plaintext, label: label, associatedData: [1]))
            plaintext.wipe()
        }
        try #require(try MemoryScan.count(markers) == 0)
        for ciphertext in sealed {
            var opened = try key.open(ciphertext, label: label, associatedData: [1])
            opened.wipe()
        }
        #expect(try MemoryScan.count(markers) == 0)
    }

    /// Markers of both input shares of reports.
    private static func markers(of reports: [Report], _ task: TestTask) throws -> [MemoryScan.Marker] {
        var markers: [MemoryScan.Marker] = []
        for report in reports {
            let aad = InputShareAad(
                taskID: task.id, taskConfiguration: task.configuration, reportMetadata: report.metadata,
                publicShare: report.publicShare
            ).encoded()
            for (role, key, ciphertext) in [
                (Role.leader, task.leaderKey, report.leaderEncryptedInputShare),
                (.helper, task.helperKey, report.helperEncryptedInputShare),
            ] {
                var plaintext = try key.open(ciphertext, label: .inputShare(recipient: role), associatedData: aad)
                // An empty list of extensions and the share's length come first.
                note(Array(plaintext.dropFirst(6)), &markers)
                plaintext.wipe()
            }
        }
        return markers
    }

    private static func reports(_ measurements: [VdafMeasurement], _ task: TestTask, now: UInt64) throws -> [Report] {
        let maker = try ReportMaker(
            taskID: task.id, configuration: task.configuration, leader: task.leaderKey.config,
            helper: task.helperKey.config, now: { now })
        return try measurements.map { try maker.report(of: $0, id: .random()) }
    }

    static let schemes: [VdafConfiguration] = [
        .poplar1(bits: 256), .poplar1(bits: 9), .prio3Sum(maxMeasurement: 1000),
        .prio3SumVec(length: 300, maxMeasurement: 7, chunkLength: 20),
        .prio3Histogram(length: 200, chunkLength: 20),
    ]

    private static func measurement(_ scheme: VdafConfiguration, _ index: Int) -> VdafMeasurement {
        switch scheme.form {
        case .vector, .bits: .vector((0..<300).map { UInt64($0 % 8) })
        case .number, .bucket: .integer(UInt64(index))
        case .string: .bits(Prefix(bits: (0..<(scheme.poplar1Bits ?? 0)).map { ($0 + index) % 3 == 0 }))
        }
    }

    /// A client's memory has nothing of the shares that it sealed.
    @Test(arguments: schemes) func aClientKeepsNoShare(scheme: VdafConfiguration) throws {
        let task = try TestTask(scheme, batchMode: .leaderSelected)
        let reports = try Self.reports((0..<8).map { Self.measurement(scheme, $0) }, task, now: 1_800_000_000)
        let markers = try Self.markers(of: reports, task)
        let found = try MemoryScan.found(markers)
        #expect(found.isEmpty, "\(found) of \(markers.count)")
    }

    /// Both aggregators' memory has nothing of a walk's shares when it is over; until then buffers may hold some.
    @Test func aWalkKeepsNoShare() async throws {
        let simulation = try Simulation(try TestTask())
        let values = WholeWalkTests.values
        let reports = try Self.reports(
            values.map { .bits(simulation.factory.path($0)) }, simulation.task, now: simulation.clock.now)
        let markers = try Self.markers(of: reports, simulation.task)
        try #require(try MemoryScan.count(markers) == 0)
        try await simulation.upload(reports)
        try await simulation.walk(values, threshold: 5)
        try await Self.expectGone(markers)
    }

    /// The same for batches. (A Histogram's output share is its measurement share, and is summed as it is.)
    @Test(arguments: schemes.dropFirst().dropLast()) func aBatchKeepsNoShare(scheme: VdafConfiguration) async throws {
        let task = try TestTask(scheme, batchMode: .timeInterval)
        let simulation = try BatchSimulation(task)
        let reports = try Self.reports((0..<8).map { Self.measurement(scheme, $0) }, task, now: simulation.clock.now)
        let markers = try Self.markers(of: reports, task)
        try #require(try MemoryScan.count(markers) == 0)
        #expect(try await simulation.upload(reports) == [])
        let parameter = try scheme.poplar1Bits.map { _ in
            try Poplar1AggregationParameter(
                level: 1, prefixes: Simulation.extensions(Prefix(), to: 1)
            ).encode()
        }
        _ = try await simulation.collect(parameter: parameter ?? [])
        try await Self.expectGone(markers)
    }

    /// What is at work in the background may hold something for a moment.
    private static func expectGone(_ markers: [MemoryScan.Marker]) async throws {
        var found: [Int] = []
        for _ in 0..<20 {
            found = try MemoryScan.found(markers)
            if found.isEmpty { return }
            try await Task.sleep(for: .milliseconds(100))
        }
        Issue.record("of \(markers.count) places of shares these are in memory: \(found)")
    }
}
