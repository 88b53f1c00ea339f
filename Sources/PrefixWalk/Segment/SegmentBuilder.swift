import PopulusVDAF

/// Collects the decrypted shares of a shard, in its initial order, and writes them as a segment: each block as soon as it is
/// full.
///
/// Shares are wiped with the builder, or with the buffers that its walk keeps for use. A segment that is not finished is gone
/// with the builder.
package struct SegmentBuilder: ~Copyable {
    private let path: String
    private let shape: SegmentShape
    private let aggregatorID: Int
    private let ctx: [UInt8]
    private let key: SegmentKey?
    private let blockReports: Int
    /// Where the chunks' memory comes from and goes to.
    private let account: WalkAccount
    /// What is in no block yet, in the reports' order.
    private var waiting: [SegmentPiece] = []
    private var waitingCount = 0
    /// Single reports, behind what waits.
    private var singles: SegmentPart?
    private var writtenCount = 0
    /// Made with the first block.
    private var output: SegmentOutput?

    /// - Parameters:
    ///   - path: where the segment is when it is finished; one that is there is replaced.
    ///   - blockReports: reports of a block.
    ///   - key: what its secret columns are sealed with, if they are to be.
    ///   - account: the walk's, whose buffers are used again; wiped as `WalkAccount` says.
    /// - Throws: `segmentMismatch` for a number of bits or an aggregator that Poplar1 does not have, or a context that
    ///   is too long.
    package init(
        at path: String, bits: Int, aggregatorID: Int, ctx: [UInt8], blockReports: Int = SegmentLayout.blockReports,
        key: SegmentKey? = nil, account: WalkAccount = .standard()
    ) throws(PrefixWalkError) {
        guard (0..<Poplar1.shares).contains(aggregatorID), ctx.count <= VDAFSpecification.greatestContextSize else {
            throw .segmentMismatch
        }
        precondition(blockReports > 0)
        shape = try SegmentShape(bits: bits)
        self.path = path
        self.aggregatorID = aggregatorID
        self.ctx = ctx
        self.key = key
        self.blockReports = blockReports
        self.account = account
        account.enter()
    }

    deinit {
        for piece in waiting { piece.chunk.release(to: account.shelf) }
        singles?.release()
        account.leave()
    }

    /// Reports so far.
    package var count: Int { writtenCount + waitingCount + (singles?.count ?? 0) }

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
    /// - Throws: `malformedShare`, and the builder is as before; `file`, and it is of no more use.
    package mutating func append(
        reportID: Span<UInt8>, publicShare: Span<UInt8>, inputShare: Span<UInt8>
    ) throws(PrefixWalkError) {
        if singles == nil { singles = SegmentPart(shape: shape, account: account) }
        try singles?.append(reportID: reportID, publicShare: publicShare, inputShare: inputShare)
        if let singles, waitingCount + singles.count >= blockReports { try closeSingles() }
    }

    /// Adds the reports of a part that is finished, and has the shape of this segment.
    ///
    /// Blocks.
    ///
    /// - Throws: `segmentMismatch` where it has not, and the builder is as before; `file`, and it is of no more use.
    package mutating func append(_ part: SegmentPart) throws(PrefixWalkError) {
        guard part.shape.bits == shape.bits, !part.isOpen else { throw .segmentMismatch }
        try closeSingles()
        try add(part)
    }

    private mutating func closeSingles() throws(PrefixWalkError) {
        guard var part = singles.take() else { return }
        part.finish()
        try add(part)
    }

    private mutating func add(_ part: SegmentPart) throws(PrefixWalkError) {
        waiting += part.chunks.map { SegmentPiece($0) }
        waitingCount += part.count
        while waitingCount >= blockReports { try writeBlock(of: blockReports) }
    }

    /// Writes the first `count` reports that wait.
    private mutating func writeBlock(of count: Int) throws(PrefixWalkError) {
        var (pieces, missing, whole) = ([SegmentPiece](), count, 0)
        while missing > 0 {
            let length = min(missing, waiting[whole].reports.count)
            pieces.append(waiting[whole].removeFirst(length))
            missing -= length
            if waiting[whole].reports.isEmpty { whole += 1 }
        }
        if output == nil {
            output = try SegmentOutput(
                at: path, bits: shape.bits, aggregatorID: aggregatorID, ctx: ctx, key: key, account.shelf)
        }
        try output?.append(pieces)
        for piece in waiting[..<whole] { piece.chunk.release(to: account.shelf) }
        waiting.removeFirst(whole)
        waitingCount -= count
        writtenCount += count
    }

    /// Writes what is left of the segment durably: synchronised under a temporary name, then renamed.
    ///
    /// Blocks. Ends the builder, as shares need not stay in memory any longer.
    package consuming func finish() throws(PrefixWalkError) {
        try closeSingles()
        if waitingCount > 0 || output == nil { try writeBlock(of: waitingCount) }
        try output.take()?.finish(blockReports: blockReports)
    }
}
