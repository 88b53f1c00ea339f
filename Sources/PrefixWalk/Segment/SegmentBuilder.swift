import PopulusKernels
import PopulusVDAF

/// Collects the decrypted shares of a shard, in its initial order, and writes them as a segment.
///
/// Shares are wiped with the builder, or with the buffers that its walk keeps for use.
package struct SegmentBuilder: ~Copyable {
    private let shape: SegmentShape
    private let aggregatorID: Int
    private let ctx: [UInt8]
    /// In the reports' order; the last takes single reports.
    private var parts: [SegmentPart] = []
    private var finishedCount = 0
    /// Where the chunks' memory comes from and goes to.
    private let account: WalkAccount

    /// - Parameter account: the walk's, whose buffers are used again; wiped as `WalkAccount` says.
    /// - Throws: `segmentMismatch` for a number of bits or an aggregator that Poplar1 does not have, or a context that
    ///   is too long.
    package init(
        bits: Int, aggregatorID: Int, ctx: [UInt8], account: WalkAccount = .standard()
    ) throws(PrefixWalkError) {
        guard (0..<Poplar1.shares).contains(aggregatorID), ctx.count <= VDAFSpecification.greatestContextSize else {
            throw .segmentMismatch
        }
        shape = try SegmentShape(bits: bits)
        self.aggregatorID = aggregatorID
        self.ctx = ctx
        self.account = account
        account.enter()
    }

    deinit {
        for part in parts { part.release() }
        account.leave()
    }

    /// Reports so far.
    package var count: Int { finishedCount + (parts.last?.count ?? 0) }

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
    /// - Throws: `malformedShare`, and the builder is as before.
    package mutating func append(
        reportID: Span<UInt8>, publicShare: Span<UInt8>, inputShare: Span<UInt8>
    ) throws(PrefixWalkError) {
        if parts.last?.isOpen != true { add(SegmentPart(shape: shape, account: account)) }
        try parts[parts.count - 1].append(reportID: reportID, publicShare: publicShare, inputShare: inputShare)
    }

    /// Adds the reports of a part that is finished, and has the shape of this segment.
    ///
    /// - Throws: `segmentMismatch` where it has not.
    package mutating func append(_ part: SegmentPart) throws(PrefixWalkError) {
        guard part.shape.bits == shape.bits, !part.isOpen else { throw .segmentMismatch }
        add(part)
    }

    private mutating func add(_ part: SegmentPart) {
        if !parts.isEmpty {
            parts[parts.count - 1].finish()
            finishedCount += parts[parts.count - 1].count
        }
        parts.append(part)
    }

    /// Writes the segment durably: under a temporary name, synchronised, then renamed.
    ///
    /// A segment of that name is replaced. Ends the builder, as shares need not stay in memory any longer.
    ///
    /// - Parameter key: what its secret columns are sealed with, if they are to be.
    package consuming func write(to path: String, key: SegmentKey? = nil) throws(PrefixWalkError) {
        if !parts.isEmpty { parts[parts.count - 1].finish() }
        let temporary = path + ".new"
        FileHandle.remove(temporary)
        do throws(PrefixWalkError) {
            let file = try FileHandle(creating: temporary)
            try write(to: file, key: key)
            try file.synchronize()
            try FileHandle.rename(temporary, to: path)
        } catch {
            FileHandle.remove(temporary)
            throw error
        }
    }

    /// The columns in the order of `SegmentLayout`.
    private borrowing func write(to file: FileHandle, key: SegmentKey?) throws(PrefixWalkError) {
        let layout = SegmentLayout(
            bits: shape.bits, aggregatorID: aggregatorID, ctx: ctx, reportCount: count,
            salt: key == nil ? [] : SegmentKey.newSalt())
        let chunks = parts.flatMap(\.chunks)
        var writer = SequentialWriter(file, layout, key: key)
        try writer.begin()
        let nonceColumn = WalkSlice(WalkBuffer(parts.flatMap(\.nonces)))
        try writer.append(nonceColumn)
        for usage in [IdpfBBCGGI21.Usage.extend, .convert] {
            let keys = WalkSlice(WalkBuffer(count: XofFixedKeyAes128.keySize * count))
            let dst = IdpfBBCGGI21.domainSeparationTag(usage, ctx: ctx)
            WalkSponges.deriveKeys(dst: dst, nonces: nonceColumn, into: keys)
            try writer.append(keys)
        }
        for chunk in chunks { try writer.append(chunk.entries { $0.keys }) }
        for chunk in chunks { try writer.append(chunk.entries { $0.correlationSeeds }) }
        for level in 0..<shape.bits {
            for chunk in chunks { try writer.append(chunk.entries { $0.seedCorrections(level) }) }
            try writer.appendControls(of: chunks, level: level)
            for chunk in chunks { try writer.append(chunk.entries { $0.payloadCorrections(level) }) }
            for chunk in chunks { try writer.append(chunk.entries { $0.correlated(level) }) }
        }
        try writer.finish()
    }
}
