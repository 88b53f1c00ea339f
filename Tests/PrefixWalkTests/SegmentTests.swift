import Foundation
import PopulusDurableFiles
import PopulusKernels
import PopulusVDAF
import PrefixWalk
import Testing

@Suite struct SegmentTests {
    @Test(arguments: [1, 2, 3, 5, 64])
    func sizesAreThoseOfTheSpecification(bits: Int) throws {
        let poplar = try Poplar1(bits: bits)
        let publicShare = (2 * bits + 7) / 8 + 16 * bits + 16 * (bits - 1) + 64
        let inputShare = 16 + 32 + 16 * (bits - 1) + 64
        #expect(Poplar1.publicShareLayout(bits: bits).size == publicShare && poplar.publicShareSize == publicShare)
        #expect(Poplar1.inputShareLayout(bits: bits).size == inputShare && poplar.inputShareSize == inputShare)
    }

    /// The builder takes exactly what the specification's decoders take, whatever byte is changed.
    @Test(arguments: [1, 3, 5])
    func refusesWhatDecodersRefuse(bits: Int) throws {
        let fixture = try WalkFixture(bits: bits, reports: 1, seed: 5)
        let report = fixture.reports[0]
        let publicShare = report.publicShare.encode()
        let inputShare = report.inputShares[0].encode()
        func agrees(_ publicShare: [UInt8], _ inputShare: [UInt8]) throws -> Bool {
            let decodes =
                (try? fixture.poplar.decodePublicShare(publicShare)) != nil
                && (try? fixture.poplar.decodeInputShare(inputShare)) != nil
            var builder = try SegmentBuilder(at: "/none", bits: bits, aggregatorID: 0, ctx: fixture.ctx)
            do throws(PrefixWalkError) {
                try builder.append(reportID: report.nonce, publicShare: publicShare, inputShare: inputShare)
            } catch {
                return !decodes && error == .malformedShare && builder.count == 0
            }
            return decodes && builder.count == 1
        }
        for length in 0..<publicShare.count { #expect(try agrees(Array(publicShare[..<length]), inputShare)) }
        for length in 0..<inputShare.count { #expect(try agrees(publicShare, Array(inputShare[..<length]))) }
        #expect(try agrees(publicShare + [0], inputShare) && agrees(publicShare, inputShare + [0]))
        for start in 0..<publicShare.count {
            var changed = publicShare
            for index in start..<min(start + 8, changed.count) { changed[index] = 0xff }
            #expect(try agrees(changed, inputShare))
        }
        for start in 0..<inputShare.count {
            var changed = inputShare
            for index in start..<min(start + 32, changed.count) { changed[index] = 0xff }
            #expect(try agrees(publicShare, changed))
        }
    }

    /// What a builder leaves in its walk's buffers does not show in the next one's segment, nor stays at the end.
    @Test func buildersUseBuffersAgain() throws {
        try withTemporaryDirectory { directory in
            let fixture = try WalkFixture(bits: 33, reports: 70, seed: 11)
            let account = WalkAccount(StateBudget(limitBytes: 64 << 20))
            func written(_ range: Range<Int>, _ account: WalkAccount, _ name: String) throws -> Data {
                var builder = try SegmentBuilder(
                    at: "\(directory)/\(name)", bits: 33, aggregatorID: 0, ctx: fixture.ctx, account: account)
                for report in fixture.reports[range] {
                    try builder.append(
                        reportID: report.nonce, publicShare: report.publicShare.encode(),
                        inputShare: report.inputShares[0].encode())
                }
                try builder.finish()
                return try Data(contentsOf: URL(filePath: "\(directory)/\(name)"))
            }
            // Another user of the account keeps its buffers from being freed.
            let other = try SegmentBuilder(
                at: "\(directory)/other", bits: 33, aggregatorID: 0, ctx: fixture.ctx, account: account)
            _ = try written(0..<70, account, "first")
            #expect(account.pooledBytes > 0)
            let again = try written(5..<64, account, "again")
            #expect(try again == written(5..<64, .standard(), "fresh"))
            _ = consume other
            #expect(account.pooledBytes == 0)
        }
    }

    @Test func opensWhatItWroteAndNothingElse() throws {
        try withTemporaryDirectory { directory in
            let fixture = try WalkFixture(bits: 9, reports: 7, seed: 3)
            let segment = try fixture.segment(aggregatorID: 1, in: directory)
            #expect(try segment.reportIDs() == fixture.reports.map(\.nonce))
            #expect(segment.bits == 9 && segment.reportCount == 7 && segment.layout.aggregatorID == 1)
            let path = "\(directory)/segment-1"
            let bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
            func opens(_ bytes: [UInt8]) throws -> Bool {
                let other = "\(directory)/other"
                try Data(bytes).write(to: URL(filePath: other))
                return (try? Segment(opening: other)) != nil
            }
            #expect(try opens(bytes))
            for count in [0, 7, 63, 64, 90, bytes.count - 1] { #expect(try !opens(Array(bytes[..<count]))) }
            // Every byte of the header and the context counts.
            for index in 0..<(64 + fixture.ctx.count) {
                var changed = bytes
                changed[index] ^= 0x80
                #expect(try !opens(changed))
            }
            let error = #expect(throws: PrefixWalkError.self) { try Segment(opening: "\(directory)/none") }
            guard case .file(let refusal)? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(refusal.operation == .open && refusal.cause == .missing)
            #expect(throws: PrefixWalkError.segmentMismatch) {
                try ShardEvaluator(segment: segment, verifyKey: fixture.verifyKey, ctx: fixture.ctx, aggregatorID: 0)
            }
            #expect(throws: PrefixWalkError.segmentMismatch) {
                try ShardEvaluator(segment: segment, verifyKey: fixture.verifyKey, ctx: [1], aggregatorID: 1)
            }
        }
    }

    /// Whatever byte is changed, in whatever block.
    @Test(arguments: [3, 7, 1024]) func everyByteIsDigested(blockReports: Int) throws {
        try withTemporaryDirectory { directory in
            let fixture = try WalkFixture(bits: 9, reports: 7, seed: 3)
            let path = "\(directory)/segment-1"
            try fixture.segment(aggregatorID: 1, in: directory, blockReports: blockReports).verify()
            let bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
            for index in stride(from: 64 + fixture.ctx.count, to: bytes.count, by: 7) {
                var changed = bytes
                changed[index] ^= 4
                try Data(changed).write(to: URL(filePath: "\(directory)/other"))
                #expect(throws: PrefixWalkError.damagedSegment) {
                    try Segment(opening: "\(directory)/other").verify()
                }
            }
        }
    }

    /// A walk that an earlier version began goes on: its segments are one block, with a digest of the file or with none.
    @Test(arguments: [1, 2] as [UInt8]) func opensEarlierVersions(version: UInt8) throws {
        try withTemporaryDirectory { directory in
            let fixture = try WalkFixture(bits: 9, reports: 7, seed: 3)
            let segment = try fixture.segment(aggregatorID: 1, in: directory)
            let written = [UInt8](try Data(contentsOf: URL(filePath: "\(directory)/segment-1")))
            // Magic, version, bits, aggregator, length of the context, reports, four zeros, digest.
            let fields = written[..<8] + [version, 0, 0, 0] + written[12..<28] + [0, 0, 0, 0]
            var sponge = TurboShake128()
            sponge.absorb(Array(fields + fixture.ctx).span)
            sponge.finish(domain: 0x57)
            var bytes = fields + sponge.squeeze(32) + written[64..<written.count - 8]
            if version == 2 { withUnsafeBytes(of: DamageDigest.of(Array(bytes)).littleEndian) { bytes += $0 } }
            func opened(_ bytes: [UInt8]) throws -> Segment {
                try Data(bytes).write(to: URL(filePath: directory + "/earlier"))
                return try Segment(opening: directory + "/earlier")
            }
            let earlier = try opened(Array(bytes))
            try earlier.verify()
            #expect(try earlier.reportIDs() == segment.reportIDs())
            let parameter = try Poplar1AggregationParameter(
                level: 8, prefixes: Set(fixture.reports.map(\.measurement)).sorted())
            let shares = try [segment, earlier].map { segment in
                try ShardEvaluator(segment: segment, verifyKey: fixture.verifyKey, ctx: fixture.ctx, aggregatorID: 1)
                    .evaluate(parameter, history: [], live: ReportBitmap(count: 7, filled: true)).verifierShares
            }
            #expect(shares[0] == shares[1])
            bytes[bytes.count - 20] ^= 1
            let damaged = try opened(Array(bytes))
            if version == 1 { try damaged.verify() }
            if version == 2 { #expect(throws: PrefixWalkError.damagedSegment) { try damaged.verify() } }
        }
    }

    /// Blocks are written while reports come, under another name; a segment that is not finished is gone.
    @Test func whatIsNotFinishedIsGone() throws {
        try withTemporaryDirectory { directory in
            let fixture = try WalkFixture(bits: 9, reports: 7, seed: 3)
            let names = { try FileManager.default.contentsOfDirectory(atPath: directory) }
            func add(_ count: Int, to builder: inout SegmentBuilder) throws {
                for report in fixture.reports.prefix(count) {
                    try builder.append(
                        reportID: report.nonce, publicShare: report.publicShare.encode(),
                        inputShare: report.inputShares[0].encode())
                }
            }
            var builder = try SegmentBuilder(
                at: directory + "/12.segment", bits: 9, aggregatorID: 0, ctx: fixture.ctx, blockReports: 5)
            try add(4, to: &builder)
            #expect(try names().isEmpty)
            try add(4, to: &builder)
            // A second one for the same file does not meet the first.
            var second = try SegmentBuilder(
                at: directory + "/12.segment", bits: 9, aggregatorID: 0, ctx: fixture.ctx, blockReports: 5)
            try add(6, to: &second)
            let temporary = try names()
            #expect(
                temporary.count == 2 && temporary.allSatisfy { $0.hasPrefix("12.segment.") && $0.hasSuffix(".new") })
            _ = consume builder
            #expect(try names().count == 1)
            try second.finish()
            #expect(try names() == ["12.segment"])
            #expect(try Segment(opening: directory + "/12.segment").reportCount == 6)
        }
    }

    /// A file that shrinks under an open segment is an error, not a trap.
    @Test func survivesTruncation() throws {
        try withTemporaryDirectory { directory in
            let fixture = try WalkFixture(bits: 9, reports: 7, seed: 3)
            let segment = try fixture.segment(aggregatorID: 0, in: directory)
            let evaluator = try ShardEvaluator(
                segment: segment, verifyKey: fixture.verifyKey, ctx: fixture.ctx, aggregatorID: 0)
            truncate("\(directory)/segment-0", 200)
            let parameter = try Poplar1AggregationParameter(
                level: 3, prefixes: [Prefix(bits: [true, false, true, true])])
            #expect(throws: PrefixWalkError.damagedSegment) {
                try evaluator.evaluate(parameter, history: [], live: ReportBitmap(count: 7, filled: true))
            }
        }
    }
}
