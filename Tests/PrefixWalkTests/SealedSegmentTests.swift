import Crypto
import Foundation
import PopulusKernels
import PopulusVDAF
import PrefixWalk
import Testing

/// A sealed segment reads as an unsealed one, shows nothing without its key, and is refused wherever a byte was changed.
@Suite struct SealedSegmentTests {
    private static let key = SegmentKey(SymmetricKey(data: [UInt8](repeating: 7, count: 32)))
    private static let other = SegmentKey(SymmetricKey(data: [UInt8](repeating: 8, count: 32)))

    private static func bytes(_ path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(filePath: path))) }

    /// Whether an aggregator's input shares lie in a file: IDPF keys, seeds, and the leaf's shares of A and B.
    private static func holds(_ file: [UInt8], _ fixture: WalkFixture, aggregatorID: Int) -> [Bool] {
        let file = Data(file)
        return fixture.reports.flatMap { report in
            let share = report.inputShares[aggregatorID].encode()
            let leaf = share.count - Poplar1.sizes(level: fixture.bits - 1, bits: fixture.bits).masks
            return [share[..<16], share[16..<48], share[leaf...]].map { file.range(of: Data($0)) != nil }
        }
    }

    @Test(arguments: [1, 9, 70], [7, 1024]) func showsNothingWithoutItsKey(bits: Int, blockReports: Int) throws {
        try withTemporaryDirectory { directory in
            let fixture = try WalkFixture(bits: bits, reports: 61, seed: 3)
            for aggregator in 0..<2 {
                let path = "\(directory)/segment-\(aggregator)"
                let plain = try fixture.segment(
                    aggregatorID: aggregator, in: directory, blockReports: blockReports)
                #expect(!plain.layout.isSealed)
                #expect(Self.holds(try Self.bytes(path), fixture, aggregatorID: aggregator).allSatisfy(\.self))
                let sealed = try fixture.segment(
                    aggregatorID: aggregator, in: directory, key: Self.key, blockReports: blockReports)
                #expect(sealed.layout.isSealed)
                #expect(!Self.holds(try Self.bytes(path), fixture, aggregatorID: aggregator).contains(true))
                #expect(try sealed.reportIDs() == fixture.reports.map(\.nonce))
                try sealed.verify()
            }
        }
    }

    @Test func opensWithItsKeyOnly() throws {
        try withTemporaryDirectory { directory in
            let fixture = try WalkFixture(bits: 9, reports: 7, seed: 3)
            let path = "\(directory)/segment-1"
            _ = try fixture.segment(aggregatorID: 1, in: directory, key: Self.key)
            #expect(throws: PrefixWalkError.damagedSegment) { try Segment(opening: path) }
            #expect(throws: PrefixWalkError.damagedSegment) { try Segment(opening: path, key: Self.other) }
            // What only looks at it needs no key, and gets nothing that is sealed.
            let looked = try Segment(checking: path)
            try looked.verify()
            #expect(try looked.reportIDs() == fixture.reports.map(\.nonce))
            let evaluator = try ShardEvaluator(
                segment: looked, verifyKey: fixture.verifyKey, ctx: fixture.ctx, aggregatorID: 1)
            let parameter = try Poplar1AggregationParameter(level: 0, prefixes: [Prefix(bits: [true])])
            #expect(throws: PrefixWalkError.segmentMismatch) {
                try evaluator.evaluate(parameter, history: [], live: ReportBitmap(count: 7, filled: true))
            }
            // One that is not sealed is not taken for one that is.
            _ = try fixture.segment(aggregatorID: 1, in: directory)
            #expect(throws: PrefixWalkError.damagedSegment) { try Segment(opening: path, key: Self.key) }
        }
    }

    /// Each byte that is sealed is bound to its place in this very file; a tag as much as a column.
    ///
    /// - Parameter secrets: bytes at the end of the last block that are secret.
    @Test(arguments: [(1024, 2000), (3, 400)]) func everyByteIsBound(blockReports: Int, secrets: Int) throws {
        try withTemporaryDirectory { directory in
            let fixture = try WalkFixture(bits: 9, reports: 7, seed: 3)
            let path = "\(directory)/segment-1"
            func write() throws -> Segment {
                try fixture.segment(
                    aggregatorID: 1, in: directory, key: Self.key, blockReports: blockReports)
            }
            let layout = try write().layout
            let bytes = try Self.bytes(path)
            let all = ReportBitmap(count: 7, filled: true)
            func walks(_ bytes: [UInt8]) throws -> Bool {
                try Data(bytes).write(to: URL(filePath: path))
                guard let segment = try? Segment(opening: path, key: Self.key) else { return false }
                let evaluator = try ShardEvaluator(
                    segment: segment, verifyKey: fixture.verifyKey, ctx: fixture.ctx, aggregatorID: 1)
                let parameter = try Poplar1AggregationParameter(
                    level: 8, prefixes: [Prefix(bits: [Bool](repeating: true, count: 9))])
                // The shares of A and B are read with the other aggregator's message.
                guard let step = try? evaluator.evaluate(parameter, history: [], live: all) else { return false }
                return (try? step.respond(toLeaderShares: step.verifierShares, respondents: all)) != nil
            }
            #expect(try walks(bytes))
            // Header, context and salt, then what is sealed; report IDs and what follows from them are not.
            let sealed = bytes.count - 8 - 16 * (7 / blockReports + 2) - secrets
            for index in Array(0..<(64 + fixture.ctx.count + 16))
                + Array(stride(from: sealed, to: bytes.count - 8, by: 5))
            {
                var changed = bytes
                changed[index] ^= 1
                #expect(try !walks(changed), "byte \(index)")
            }
            // Written once more it is another file: nothing of one fits into the other.
            _ = try write()
            let again = try Self.bytes(path)
            #expect(layout.reportCount == 7 && again.count == bytes.count)
            #expect(try !walks(Array(again[..<(bytes.count / 2)]) + bytes[(bytes.count / 2)...]))
        }
    }

    /// Whoever writes another header, with a digest that fits it, is found out, though the file's length fits too.
    @Test func theHeaderIsBound() throws {
        try withTemporaryDirectory { directory in
            let fixture = try WalkFixture(bits: 9, reports: 7, seed: 3)
            let path = "\(directory)/segment-1"
            func withHeader(_ changed: Bool, key: SegmentKey?) throws {
                _ = try fixture.segment(aggregatorID: 1, in: directory, key: key)
                var bytes = try Self.bytes(path)
                // Reports of a block: there is one block of seven.
                bytes[28] ^= changed ? 1 : 0
                var sponge = TurboShake128()
                sponge.absorb(Array(bytes[..<32] + bytes[64..<64 + fixture.ctx.count + (key == nil ? 0 : 16)]).span)
                sponge.finish(domain: 0x57)
                bytes.replaceSubrange(32..<64, with: sponge.squeeze(32))
                try Data(bytes).write(to: URL(filePath: path))
                _ = try Segment(opening: path, key: key)
            }
            // Without a key nothing is in its way.
            for changed in [false, true] { try withHeader(changed, key: nil) }
            try withHeader(false, key: Self.key)
            #expect(throws: PrefixWalkError.damagedSegment) { try withHeader(true, key: Self.key) }
        }
    }

    /// A block with all that belongs to it does not open in another one's place, where nothing but its number tells them apart.
    @Test(arguments: [false, true]) func blocksStayInTheirPlaces(isSealed: Bool) throws {
        try withTemporaryDirectory { directory in
            let fixture = try WalkFixture(bits: 9, reports: 7, seed: 3)
            let (path, key) = ("\(directory)/segment-0", isSealed ? Self.key : nil)
            _ = try fixture.segment(aggregatorID: 0, in: directory, key: key, blockReports: 1)
            let bytes = try Self.bytes(path)
            // Of each block a page, whose tag it is; header, context and salt take 128 bytes.
            let tags = bytes.count - 8 - (isSealed ? 16 * 8 : 0)
            let size = (tags - 128) / 7
            var changed = bytes
            func exchange(_ first: Range<Int>, _ second: Range<Int>) {
                changed.replaceSubrange(first, with: bytes[second])
                changed.replaceSubrange(second, with: bytes[first])
            }
            exchange(128..<128 + size, 128 + size..<128 + 2 * size)
            if isSealed { exchange(tags..<tags + 16, tags + 16..<tags + 32) }
            try Data(changed).write(to: URL(filePath: path))
            let segment = try Segment(opening: path, key: key)
            #expect(try segment.reportIDs().prefix(2) == [fixture.reports[1].nonce, fixture.reports[0].nonce])
            let evaluator = try ShardEvaluator(
                segment: segment, verifyKey: fixture.verifyKey, ctx: fixture.ctx, aggregatorID: 0)
            let parameter = try Poplar1AggregationParameter(level: 0, prefixes: [Prefix(bits: [true])])
            let step = Result {
                try evaluator.evaluate(
                    parameter, history: [], live: ReportBitmap(count: 7, filled: true))
            }
            switch step {
            case .success: #expect(!isSealed)
            case .failure(let error): #expect(isSealed && error as? PrefixWalkError == .damagedSegment)
            }
        }
    }

    @Test(arguments: [64, 1024]) func isRewrittenBothWays(blockReports: Int) throws {
        try withTemporaryDirectory { directory in
            let fixture = try WalkFixture(bits: 33, reports: 500, seed: 4)
            let path = "\(directory)/segment-0"
            _ = try fixture.segment(aggregatorID: 0, in: directory, blockReports: blockReports)
            let plain = try Self.bytes(path)
            try Segment.rewrite(at: path, opening: nil, sealing: Self.key)
            #expect(!Self.holds(try Self.bytes(path), fixture, aggregatorID: 0).contains(true))
            try Segment.rewrite(at: path, opening: Self.key, sealing: Self.other)
            #expect(throws: PrefixWalkError.damagedSegment) {
                try Segment.rewrite(at: path, opening: Self.key, sealing: nil)
            }
            try Segment.rewrite(at: path, opening: Self.other, sealing: nil)
            #expect(try Self.bytes(path) == plain)
        }
    }
}
