import PopulusKernels
import PopulusVDAF

/// Collects the decrypted shares of a shard, in its initial order, and writes them as a segment.
///
/// Shares are wiped with the builder, or with the buffers that its walk keeps for use.
package struct SegmentBuilder: ~Copyable {
    private let bits: Int
    private let publicLayout: IdpfPublicShare.Layout
    private let inputLayout: Poplar1InputShare.Layout
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
        guard (1...Poplar1.maximumBits).contains(bits), (0..<Poplar1.shares).contains(aggregatorID),
            ctx.count <= VDAFSpecification.greatestContextSize
        else { throw .segmentMismatch }
        self.bits = bits
        publicLayout = Poplar1.publicShareLayout(bits: bits)
        inputLayout = Poplar1.inputShareLayout(bits: bits)
        self.aggregatorID = aggregatorID
        self.ctx = ctx
        staged = WalkBuffer(uninitialized: SegmentChunk.rows * (publicLayout.size + inputLayout.size))
        self.account = account
        account.enter()
    }

    deinit {
        for chunk in chunks { chunk.release(to: account.shelf) }
        account.leave()
    }

    /// Reports so far.
    package var count: Int { nonces.count / Poplar1.nonceSize }

    private var rowCount: Int { publicLayout.size + inputLayout.size }

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
        for index in 0..<Poplar1.nonceSize { nonces.append(reportID[index]) }
        staged.copy(publicShare, to: stagedCount * rowCount)
        staged.copy(inputShare, to: stagedCount * rowCount + publicLayout.size)
        stagedCount += 1
        if stagedCount == SegmentChunk.rows { unstage() }
    }

    /// Whether `append` takes a report.
    ///
    /// - Throws: `malformedShare`, as `append` does.
    package borrowing func check(
        reportID: Span<UInt8>, publicShare: Span<UInt8>, inputShare: Span<UInt8>
    ) throws(PrefixWalkError) {
        guard reportID.count == Poplar1.nonceSize, publicShare.count == publicLayout.size,
            inputShare.count == inputLayout.size, publicLayout.isPaddingZero(in: publicShare)
        else { throw .malformedShare }
        let inner = WalkRounds(leaf: false)
        let leaf = WalkRounds(leaf: true)
        guard inner.isCanonical(publicShare.extracting(publicLayout.inner..<publicLayout.leaf)),
            leaf.isCanonical(publicShare.extracting(publicLayout.leaf..<publicLayout.size)),
            inner.isCanonical(inputShare.extracting(inputLayout.inner..<inputLayout.leaf)),
            leaf.isCanonical(inputShare.extracting(inputLayout.leaf..<inputLayout.size))
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
        for usage in [IdpfBBCGGI21.Usage.extend, .convert] {
            let keys = WalkSlice(WalkBuffer(count: XofFixedKeyAes128.keySize * count))
            let dst = IdpfBBCGGI21.domainSeparationTag(usage, ctx: ctx)
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
