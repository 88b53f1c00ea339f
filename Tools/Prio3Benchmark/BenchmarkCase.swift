import BenchmarkSupport
import PopulusVDAF

/// What libprio-rs takes, in microseconds, on a machine that encrypts an AES block in `blockNanoseconds`.
///
/// Version 0.18.1-alpha.3, without its multithreading; in the order of `Row.operations`.
struct Reference: Codable {
    static let blockNanoseconds = 1.43
    var median: [Double]
    var best: [Double]

    /// The times of one operation as multiples of an AES block's.
    func multiple(_ operation: Int) -> Timing {
        Timing(
            best: best[operation] * 1000 / Self.blockNanoseconds,
            median: median[operation] * 1000 / Self.blockNanoseconds)
    }
}

/// One variant of Prio3, ready to be measured.
struct BenchmarkCase {
    let name: String
    let reference: Reference
    /// In the order of `Row.operations`.
    let operations: [() throws -> Void]

    func measure(with stopwatch: Stopwatch) throws -> Row {
        let measured = try stopwatch.measure(operations)
        return Row(name: name, reference: reference, timings: measured.timings, block: measured.aesBlock)
    }

    private static let count = Reference(median: [3.2, 1.5, 2.5], best: [2.5, 1.3, 2.2])
    private static let sum = Reference(median: [11.8, 79, 81], best: [8.2, 71, 73])
    private static let sumVec = Reference(median: [512, 225, 249], best: [441, 168, 191])
    private static let histogram = Reference(median: [473, 195, 204], best: [433, 167, 196])
    private static let bits: [UInt64] = (0..<1000).map { $0 * $0 % 7 & 1 }

    /// Messages in memory, as libprio-rs's benchmarks have them.
    static func typed() throws -> [BenchmarkCase] {
        [
            try make("Prio3Count", count, Prio3<Count>(), 1),
            try make("Prio3Sum, 32 bits", sum, Prio3<Sum>(maxMeasurement: 0xffff_ffff), 0x1234_5678),
            try make(
                "Prio3SumVec, 1 bit, length 1,000, chunk 32", sumVec,
                Prio3<SumVec<Field128>>(length: 1000, maxMeasurement: 1, chunkLength: 32), bits),
            try make(
                "Prio3Histogram, length 1,024, chunk 32", histogram, Prio3<Histogram>(length: 1024, chunkLength: 32), 7),
        ]
    }

    /// Messages encoded, measurements of any kind: Poplar1's interface as well.
    static func encoded() throws -> [BenchmarkCase] {
        [
            try make("Prio3Count", count, Prio3<Count>().encoded(), .integer(1)),
            try make(
                "Prio3Sum, 32 bits", sum, Prio3<Sum>(maxMeasurement: 0xffff_ffff).encoded(), .integer(0x1234_5678)),
            try make(
                "Prio3SumVec, 1 bit, length 1,000, chunk 32", sumVec,
                Prio3<SumVec<Field128>>(length: 1000, maxMeasurement: 1, chunkLength: 32).encoded(), .vector(bits)),
            try make(
                "Prio3Histogram, length 1,024, chunk 32", histogram,
                Prio3<Histogram>(length: 1024, chunkLength: 32).encoded(), .integer(7)),
        ]
    }

    private static let ctx = [UInt8](repeating: 1, count: 38)
    private static let nonce = [UInt8](repeating: 2, count: 16)
    private static let verifyKey = [UInt8](repeating: 3, count: 32)

    private static func make<Circuit: Valid>(
        _ name: String, _ reference: Reference, _ prio3: Prio3<Circuit>, _ measurement: Circuit.Measurement
    ) throws -> BenchmarkCase {
        let rand = (0..<prio3.randSize).map { UInt8(truncatingIfNeeded: $0 * 37) }
        let report = try prio3.shard(ctx: ctx, measurement: measurement, nonce: nonce, rand: rand)
        let verifyInit = { (aggregatorID: Int) throws -> Void in
            _ = try prio3.verifyInit(
                verifyKey: verifyKey, ctx: ctx, aggregatorID: aggregatorID,
                aggregationParameter: Prio3AggregationParameter(), nonce: nonce, publicShare: report.publicShare,
                inputShare: report.inputShares[aggregatorID])
        }
        return BenchmarkCase(
            name: name, reference: reference,
            operations: [
                { _ = try prio3.shard(ctx: ctx, measurement: measurement, nonce: nonce, rand: rand) },
                { try verifyInit(0) }, { try verifyInit(1) },
            ])
    }

    private static func make(
        _ name: String, _ reference: Reference, _ vdaf: any EncodedVdaf, _ measurement: VdafMeasurement
    ) throws -> BenchmarkCase {
        let rand = (0..<vdaf.randSize).map { UInt8(truncatingIfNeeded: $0 * 37) }
        let report = try vdaf.shard(ctx: ctx, measurement: measurement, nonce: nonce, rand: rand)
        let shares = report.inputShares.map {
            PingPongReport(nonce: nonce, publicShare: report.publicShare, inputShare: $0)
        }
        let leader = {
            try vdaf.pingPongLeaderInit(
                verifyKey: verifyKey, ctx: ctx, aggregationParameter: [], report: shares[0])
        }
        guard case .continued(_, let inbound) = try leader() else { throw UnexpectedState() }
        return BenchmarkCase(
            name: name, reference: reference,
            operations: [
                { _ = try vdaf.shard(ctx: ctx, measurement: measurement, nonce: nonce, rand: rand) },
                { _ = try leader() },
                {
                    _ = try vdaf.pingPongHelperInit(
                        verifyKey: verifyKey, ctx: ctx, aggregationParameter: [], report: shares[1], inbound: inbound)
                },
            ])
    }
}

/// That verification took another turn than it must.
struct UnexpectedState: Error {}
