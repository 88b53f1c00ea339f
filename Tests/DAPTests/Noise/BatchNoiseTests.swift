import Foundation
import PopulusDAP
import PopulusDifferentialPrivacy
import PopulusSchemes
import Testing

/// The noise extension of tasks without walks.
@Suite struct BatchNoiseTests {
    private static let data = "0001 00000000000003e8 0000000000000001 0000000005f5e100"

    private func task(
        _ data: String = data, type: UInt16 = 0xFD58, _ vdaf: VdafConfiguration = .prio3Count,
        others: [TaskExtension] = []
    ) throws -> TaskConfiguration {
        let extensions = (others + [TaskExtension(type: type, data: hex(data))]).sorted { $0.type < $1.type }
        return try TaskConfiguration(
            taskInfo: [0x74, 0x31], leaderEndpoint: Array("http://l/".utf8), helperEndpoint: Array("http://h/".utf8),
            timePrecision: TimePrecision(seconds: 60), minBatchSize: 10, batchMode: .timeInterval, vdaf: vdaf,
            extensions: extensions)
    }

    @Test func isReadUnderItsCodePoint() throws {
        let noise = try #require(try task().batchNoise())
        #expect(noise.variance == NoiseVariance(numerator: 1000, denominator: 1) && noise.inverseDelta == 100_000_000)
        #expect(try task().unsupportedExtensions(walk: .provisional) == [])
        #expect(try task(type: 0xFD59).batchNoise() == nil)
        #expect(try task(type: 0xFD59).unsupportedExtensions(walk: .provisional) == [0xFD59])
        #expect(try task(type: 0xFD59).batchNoise(WalkCodePoints(noise: 0xFD59)) == noise)
        #expect(try Sample.task().batchNoise() == nil)
    }

    @Test func eachIsRefusedForItsOwnReason() throws {
        let cases: [(String, BatchNoiseError)] = [
            ("", .malformed(.truncated)), ("00", .malformed(.truncated)),
            ("0000" + Self.data.dropFirst(4), .unknownVersion(0)),
            ("0002" + Self.data.dropFirst(4), .unknownVersion(2)), (Self.data + "00", .malformed(.trailing)),
            (String(Self.data.dropLast(2)), .malformed(.truncated)),
            ("0001 0000000000000000 0000000000000001 0000000005f5e100", .malformed(.badValue("NoiseVariance"))),
            ("0001 00000000000003e8 0000000000000001 0000000000000001", .malformed(.badValue("inverse_delta"))),
        ]
        for (data, error) in cases {
            #expect(throws: error, "\(data)") { try task(data).batchNoise() }
        }
        #expect(BatchNoiseError.unknownVersion(2).description.contains("version 2"))
    }

    /// A walk has a noise of its own; a task that moved its walks to this code point before it was one still has walks.
    @Test func walksHaveTheirOwn() throws {
        let bounds = try #require(Sample.bounds)
        let both = try task(
            Self.data, .poplar1(bits: 256), others: [TaskExtension(type: 0xFD57, data: bounds.encoded())])
        #expect(throws: BatchNoiseError.besideWalks) { try both.batchNoise() }
        let moved = try Sample.task(extensions: [TaskExtension(type: 0xFD58, data: bounds.encoded())])
        let points = WalkCodePoints(task: 0xFD58, aggregationJob: 0xFD58, collectionJob: 0xFD58)
        #expect(try moved.batchNoise(points) == nil)
        #expect(try moved.walkExtension(points) == bounds)
    }

    @Test func aFieldHasRoom() throws {
        let noise = try #require(try task().batchNoise())
        // 64 sigma and half of the prime.
        #expect(noise.reach == 2024)
        let half: UInt64 = 0x7FFF_FFFF_8000_0000
        #expect(VdafConfiguration.prio3Count.greatestReportCount(with: noise) == half - 2024)
        #expect(VdafConfiguration.prio3Sum(maxMeasurement: half - 2024).greatestReportCount(with: noise) == 1)
        #expect(VdafConfiguration.prio3Sum(maxMeasurement: half).greatestReportCount(with: noise) == 0)
        #expect(VdafConfiguration.prio3Sum(maxMeasurement: 9).greatestReportCount(with: nil) > half / 9)
        #expect(throws: BatchNoiseError.beyondField) {
            try task(Self.data, .prio3Sum(maxMeasurement: half)).batchNoise()
        }
        let most = try #require(NoiseVariance(numerator: .max, denominator: 1))
        let greatest = try #require(BatchNoise(variance: most, inverseDelta: 2))
        #expect(greatest.reach == 1 << 38)
    }

    /// The epsilon that a task is made for is the one that it promises, and not a bit more noise than it needs.
    @Test(
        arguments: [0.1, 1, 2, 10],
        [
            .prio3Count, .prio3Sum(maxMeasurement: 100), .prio3SumVec(length: 3, maxMeasurement: 7, chunkLength: 2),
            .prio3Histogram(length: 4, chunkLength: 2), .prio3MultihotCountVec(length: 9, chunkLength: 2, maxWeight: 2),
            .poplar1(bits: 16),
        ] as [VdafConfiguration])
    func epsilons(_ epsilon: Double, _ vdaf: VdafConfiguration) throws {
        let noise = try #require(BatchNoise(epsilon: epsilon, inverseDelta: 100_000_000, vdaf: vdaf))
        let guarantee = noise.guarantee(for: vdaf)
        #expect(guarantee.delta == 1e-8 && guarantee.epsilon <= epsilon && guarantee.epsilon > 0.99 * epsilon)
        #expect(abs(noise.deviation - (2 * noise.variance.value).squareRoot()) < 1e-9)
        #expect(
            Double(noise.halfWidth) >= 1.9 * noise.deviation - 1 && Double(noise.halfWidth) < 2 * noise.deviation + 1)
    }

    @Test func epsilonsThatCannotBe() {
        for epsilon in [0, -1, .nan, .infinity] as [Double] {
            #expect(BatchNoise(epsilon: epsilon, inverseDelta: 100, vdaf: .prio3Count) == nil)
        }
        #expect(BatchNoise(epsilon: 1, inverseDelta: 1, vdaf: .prio3Count) == nil)
        // Sigma would be beyond the sampler.
        #expect(BatchNoise(epsilon: 1, inverseDelta: 100, vdaf: .prio3Sum(maxMeasurement: 1 << 40)) == nil)
    }

    @Test func codePointsOfEarlierFiles() throws {
        let old = #"{"task": 7, "aggregationJob": 8, "collectionJob": 9}"#
        let points = try JSONDecoder().decode(WalkCodePoints.self, from: Data(old.utf8))
        #expect(points == WalkCodePoints(task: 7, aggregationJob: 8, collectionJob: 9, noise: 0xFD58))
        let moved = WalkCodePoints(task: 1, aggregationJob: 2, collectionJob: 3, noise: 4)
        #expect(try JSONDecoder().decode(WalkCodePoints.self, from: try JSONEncoder().encode(moved)) == moved)
    }
}
