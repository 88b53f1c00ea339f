import PopulusVDAF
import PrefixWalk

/// A small deterministic generator; tests print its seed when they fail.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8.random(in: 0...255, using: &self) } }
}

/// What is wrong with a report.
enum Tampering: CaseIterable {
    case none
    /// A control bit's correction word off the path, so that a second subtree is not zero.
    case secondSubtree
    /// The value's correction word, so that the path's node does not hold one.
    case notOne
    case authenticator
    case correlatedRandomness
    /// The lowest bit of a seed's correction word, which honest clients leave zero.
    case seedLowestBit
}

/// A report, as the oracle and the engine take it.
struct TestReport {
    let nonce: [UInt8]
    let measurement: Prefix
    let tampering: Tampering
    let publicShare: IdpfPublicShare
    let inputShares: [Poplar1InputShare]
}

/// Reports of one task, their segments, and the oracle's setting.
struct WalkFixture {
    let poplar: Poplar1
    let ctx: [UInt8]
    let verifyKey: [UInt8]
    let reports: [TestReport]

    init(bits: Int, reports count: Int, seed: UInt64, samplingLimit: UInt64 = Field64.modulus) throws {
        var random = SplitMix(seed: seed)
        poplar = try Poplar1(bits: bits, samplingLimit: samplingLimit)
        ctx = random.bytes(38)
        verifyKey = random.bytes(32)
        let popular = (0..<4).map { _ in Self.measurement(bits, &random) }
        var reports: [TestReport] = []
        for index in 0..<count {
            let tampering =
                index % 2 == 0 ? .none : Tampering.allCases[(index / 2) % Tampering.allCases.count]
            let measurement = popular[Int.random(in: 0..<4, using: &random)]
            let nonce = random.bytes(16)
            let report = try poplar.shard(
                ctx: ctx, measurement: measurement, nonce: nonce, rand: random.bytes(Poplar1.randSize))
            reports.append(
                Self.tamper(
                    tampering, with: report, of: measurement, nonce: nonce, level: .random(in: 0..<bits, using: &random)
                ))
        }
        self.reports = reports
    }

    var bits: Int { poplar.bits }

    private static func measurement(_ bits: Int, _ random: inout SplitMix) -> Prefix {
        Prefix(bits: (0..<bits).map { _ in Bool.random(using: &random) })
    }

    private static func tamper(
        _ tampering: Tampering, with report: Poplar1Report, of measurement: Prefix, nonce: [UInt8], level: Int
    ) -> TestReport {
        var publicShare = report.publicShare
        var inputShares = report.inputShares
        let isLeaf = level == publicShare.bits - 1
        switch tampering {
        case .none: break
        case .secondSubtree: publicShare.controlBits[level] ^= measurement.bit(level) ? 1 : 2
        case .notOne where isLeaf: publicShare.leaf.data = publicShare.leaf.data + .one
        case .notOne: publicShare.inner[level].data = publicShare.inner[level].data + .one
        case .authenticator where isLeaf: publicShare.leaf.authenticator = publicShare.leaf.authenticator + .one
        case .authenticator:
            publicShare.inner[level].authenticator = publicShare.inner[level].authenticator + .one
        case .correlatedRandomness where isLeaf:
            inputShares[0].correlatedLeaf[1] = inputShares[0].correlatedLeaf[1] + .one
        case .correlatedRandomness:
            inputShares[1].correlatedInner[2 * level] = inputShares[1].correlatedInner[2 * level] + .one
        case .seedLowestBit: publicShare.seeds[level].low ^= 1
        }
        return TestReport(
            nonce: nonce, measurement: measurement, tampering: tampering, publicShare: publicShare,
            inputShares: inputShares)
    }

    /// Writes and opens an aggregator's segment.
    func segment(
        aggregatorID: Int, in directory: String, key: SegmentKey? = nil,
        blockReports: Int = SegmentLayout.blockReports
    ) throws -> Segment {
        let path = "\(directory)/segment-\(aggregatorID)"
        var builder = try SegmentBuilder(
            at: path, bits: bits, aggregatorID: aggregatorID, ctx: ctx, blockReports: blockReports, key: key)
        for report in reports {
            try builder.append(
                reportID: report.nonce, publicShare: report.publicShare.encode(),
                inputShare: report.inputShares[aggregatorID].encode())
        }
        try builder.finish()
        return try Segment(opening: path, key: key)
    }

    /// Random candidates at a level: descendants of the last candidates, those of the measurements among them.
    func candidates(
        level: Int, after last: Poplar1AggregationParameter?, most: Int, using random: inout SplitMix
    ) throws -> Poplar1AggregationParameter {
        var prefixes = Set<Prefix>()
        let parents = last?.prefixes ?? [Prefix()]
        for report in reports where Int.random(in: 0..<8, using: &random) > 0 {
            let prefix = report.measurement.ancestor(level: level)
            if parents.contains(where: { $0.isPrefix(of: prefix) }) { prefixes.insert(prefix) }
        }
        let wanted = Int.random(in: 1...most, using: &random)
        for _ in 0..<(4 * wanted) where prefixes.count < wanted {
            guard var prefix = parents.randomElement(using: &random) else { break }
            while prefix.level < level { prefix.append(Bool.random(using: &random)) }
            prefixes.insert(prefix)
        }
        return try Poplar1AggregationParameter(level: level, prefixes: prefixes.sorted())
    }
}
