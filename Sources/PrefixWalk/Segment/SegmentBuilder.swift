import Kernels
import VDAF

/// Collects the decrypted shares of a shard, in its initial order, and writes them as a segment.
///
/// Shares are wiped with the builder, or with the buffers that its walk keeps for use.
package struct SegmentBuilder: ~Copyable {
    private let bits: Int
    private let aggregatorID: Int
    private let ctx: [UInt8]
    private var nonces: [UInt8] = []
    /// All but the last are full.
    private var chunks: [SegmentChunk] = []
    /// Public share and input share of the last reports, one after the other, on their way to a chunk.
    private let staged: WalkBuffer
    private var stagedCount = 0
    /// Where the chunks' memory comes from and goes to.
    private let account: WalkAccount

    /// - Parameter account: the walk's, whose buffers are used again; wiped as `WalkAccount` says.
    /// - Throws: `segmentMismatch` for a number of bits or an aggregator that Poplar1 does not have, or a context that
    ///   is too long.
    package init(
        bits: Int, aggregatorID: Int, ctx: [UInt8], account: WalkAccount = .standard()
    ) throws(PrefixWalkError) {
        guard (1...65536).contains(bits), (0...1).contains(aggregatorID), ctx.count < 65528 else {
            throw .segmentMismatch
        }
        self.bits = bits
        self.aggregatorID = aggregatorID
        self.ctx = ctx
        let row = SegmentLayout.publicShareCount(bits: bits) + SegmentLayout.inputShareCount(bits: bits)
        staged = WalkBuffer(uninitialized: SegmentChunk.rows * row)
        self.account = account
        account.enter()
    }

    deinit {
        for chunk in chunks { chunk.release(to: account.shelf) }
        account.leave()
    }

    /// Reports so far.
    package var count: Int { nonces.count / 16 }

    private var publicCount: Int { SegmentLayout.publicShareCount(bits: bits) }
    private var inputCount: Int { SegmentLayout.inputShareCount(bits: bits) }
    private var rowCount: Int { publicCount + inputCount }

    /// Adds a report.
    ///
    /// - Throws: as below.
    package mutating func append(
        reportID: [UInt8], publicShare: [UInt8], inputShare: [UInt8]
    ) throws(PrefixWalkError) {
        try append(reportID: reportID.span, publicShare: publicShare.span, inputShare: inputShare.span)
    }

    /// Adds a report.
    ///
    /// - Throws: `malformedShare`, and the builder is as before: lengths, padding and every field element are checked,
    ///   so nothing malformed ever reaches the engine. Spec: VDAF §8.2.6.1, §8.2.6.2.
    package mutating func append(
        reportID: Span<UInt8>, publicShare: Span<UInt8>, inputShare: Span<UInt8>
    ) throws(PrefixWalkError) {
        try check(reportID: reportID, publicShare: publicShare, inputShare: inputShare)
        for index in 0..<16 { nonces.append(reportID[index]) }
        staged.copy(publicShare, to: stagedCount * rowCount)
        staged.copy(inputShare, to: stagedCount * rowCount + publicCount)
        stagedCount += 1
        if stagedCount == SegmentChunk.rows { unstage() }
    }

    /// Whether `append` takes a report.
    ///
    /// - Throws: `malformedShare`, as `append` does.
    package borrowing func check(
        reportID: Span<UInt8>, publicShare: Span<UInt8>, inputShare: Span<UInt8>
    ) throws(PrefixWalkError) {
        guard reportID.count == 16, publicShare.count == publicCount, inputShare.count == inputCount else {
            throw .malformedShare
        }
        let controls = SegmentLayout.controlCount(bits: bits)
        if 2 * bits % 8 != 0, publicShare[controls - 1] >> UInt8(2 * bits % 8) != 0 { throw .malformedShare }
        let inner = WalkRounds(leaf: false)
        let leaf = WalkRounds(leaf: true)
        let payloads = controls + 16 * bits
        guard inner.isCanonical(publicShare.extracting(payloads..<(publicCount - 64))),
            leaf.isCanonical(publicShare.extracting((publicCount - 64)..<publicCount)),
            inner.isCanonical(inputShare.extracting(48..<(inputCount - 64))),
            leaf.isCanonical(inputShare.extracting((inputCount - 64)..<inputCount))
        else { throw .malformedShare }
    }

    private mutating func unstage() {
        guard stagedCount > 0 else { return }
        if chunks.last?.isFull ?? true {
            let capacity = SegmentChunk.capacity(after: count, bits: bits)
            chunks.append(SegmentChunk(bits: bits, capacity: capacity, from: account.shelf))
        }
        chunks[chunks.count - 1].add(staged, count: stagedCount)
        stagedCount = 0
    }

    /// Writes the segment durably: under a temporary name, synchronised, then renamed.
    ///
    /// A segment of that name is replaced. Ends the builder, as shares need not stay in memory any longer.
    package consuming func write(to path: String) throws(PrefixWalkError) {
        unstage()
        let temporary = path + ".new"
        FileHandle.remove(temporary)
        do throws(PrefixWalkError) {
            let file = try FileHandle(creating: temporary)
            try write(to: file)
            try file.synchronize()
            try FileHandle.rename(temporary, to: path)
        } catch {
            FileHandle.remove(temporary)
            throw error
        }
    }

    /// The columns in the order of `SegmentLayout`.
    private borrowing func write(to file: FileHandle) throws(PrefixWalkError) {
        let layout = SegmentLayout(bits: bits, aggregatorID: aggregatorID, ctx: ctx, reportCount: count)
        var writer = SequentialWriter(file)
        var header = layout.header(digest: Segment.digest) + ctx
        header += [UInt8](repeating: 0, count: layout.nonces.offset - header.count)
        try writer.append(WalkSlice(WalkBuffer(header)))
        let nonceColumn = WalkSlice(WalkBuffer(nonces))
        try writer.append(nonceColumn)
        for usage in [UInt16(0), 1] {
            let keys = WalkSlice(WalkBuffer(count: 16 * count))
            let dst = VDAFSpecification.domainSeparationTag(.idpf, algorithm: 0, usage: usage, ctx: ctx)
            WalkSponges.deriveKeys(dst: dst, nonces: nonceColumn, into: keys)
            try writer.append(keys)
        }
        for chunk in chunks { try writer.append(chunk.entries { $0.keys }) }
        for chunk in chunks { try writer.append(chunk.entries { $0.correlationSeeds }) }
        for level in 0..<bits {
            for chunk in chunks { try writer.append(chunk.entries { $0.seedCorrections(level) }) }
            for chunk in chunks { try writer.append(chunk.controls(level: level)) }
            for chunk in chunks { try writer.append(chunk.entries { $0.payloadCorrections(level) }) }
            for chunk in chunks { try writer.append(chunk.entries { $0.correlated(level) }) }
        }
        guard try writer.flush() == layout.contentCount else { throw .damagedSegment }
        var digest: [UInt8] = []
        digest.append(littleEndian: writer.digest)
        try writer.append(WalkSlice(WalkBuffer(digest)))
        try writer.flush()
    }
}
