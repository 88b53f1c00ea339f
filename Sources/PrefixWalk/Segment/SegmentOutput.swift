import PopulusKernels
import PopulusVDAF

/// The file of a segment under construction: it has a name of its own until it is whole, and goes if that does not come about.
struct SegmentOutput: ~Copyable {
    private let bits: Int
    private let aggregatorID: Int
    private let ctx: [UInt8]
    /// Of a sealed segment; else empty.
    private let salt: [UInt8]
    private let path: String
    private let temporary: TemporaryFile
    private var writer: SequentialWriter
    private var count = 0

    /// Removes what has not got its name.
    private final class TemporaryFile: Sendable {
        let path: String
        let file: FileHandle

        init(creating path: String) throws(PrefixWalkError) {
            file = try FileHandle(creating: path)
            self.path = path
        }

        deinit { FileHandle.remove(path) }
    }

    /// - Parameter key: what its secret columns are sealed with, if they are to be.
    init(
        at path: String, bits: Int, aggregatorID: Int, ctx: [UInt8], key: SegmentKey?, _ shelf: BufferShelf
    ) throws(PrefixWalkError) {
        // Whoever begins anew does not wait for one that was given up.
        let name = path + "." + String(UInt64.random(in: .min ... .max), radix: 36) + ".new"
        let temporary = try TemporaryFile(creating: name)
        let salt = key == nil ? [] : SegmentKey.newSalt()
        let layout = SegmentLayout(
            bits: bits, aggregatorID: aggregatorID, ctx: ctx, reportCount: 0, blockReports: 1, salt: salt)
        let padding = layout.blockStart - SegmentLayout.headerCount - ctx.count - salt.count
        var writer = SequentialWriter(
            temporary.file, from: SegmentLayout.headerCount, shelf,
            sealing: key.map { PageCipher($0, salt: salt) })
        try writer.append(WalkSlice(WalkBuffer(ctx + salt + [UInt8](repeating: 0, count: padding))))
        self.salt = salt
        (self.path, self.bits, self.aggregatorID, self.ctx) = (path, bits, aggregatorID, ctx)
        self.temporary = temporary
        self.writer = writer
    }

    /// Writes a block: the columns in the order of ``SegmentColumns``.
    mutating func append(_ pieces: [SegmentPiece]) throws(PrefixWalkError) {
        let reports = pieces.reduce(0) { $0 + $1.reports.count }
        let (bits, ctx) = (bits, ctx)
        try append(reports: reports) { writer throws(PrefixWalkError) in
            try Self.appendNonces(of: pieces, count: reports, ctx: ctx, to: &writer)
        } secret: { writer throws(PrefixWalkError) in
            // The pieces are kept until their bytes are written.
            unsafe try Self.appendShares(of: pieces.map { unsafe $0.bytes }, bits: bits, to: &writer)
        }
        withExtendedLifetime(pieces) {}
    }

    /// Writes a block of so many reports.
    ///
    /// - Parameters:
    ///   - open: appends the columns that are never sealed.
    ///   - secret: appends all others.
    mutating func append(
        reports: Int, open: (inout SequentialWriter) throws(PrefixWalkError) -> Void,
        secret: (inout SequentialWriter) throws(PrefixWalkError) -> Void
    ) throws(PrefixWalkError) {
        try open(&writer)
        writer.beginSecret()
        try secret(&writer)
        try writer.endSecret()
        count += reports
    }

    /// The report IDs, and what follows from them and the context.
    private static func appendNonces(
        of pieces: [SegmentPiece], count reports: Int, ctx: [UInt8], to writer: inout SequentialWriter
    ) throws(PrefixWalkError) {
        let nonces = WalkBuffer(uninitialized: Poplar1.nonceSize * reports)
        var done = 0
        for piece in pieces {
            let part = piece.entries { $0.nonces }
            nonces.copy(from: part.buffer, at: part.offset, to: done, count: part.count)
            done += part.count
        }
        try writer.append(WalkSlice(nonces))
        for usage in [IdpfBBCGGI21.Usage.extend, .convert] {
            let keys = WalkSlice(WalkBuffer(count: XofFixedKeyAes128.keySize * reports))
            let dst = IdpfBBCGGI21.domainSeparationTag(usage, ctx: ctx)
            WalkSponges.deriveKeys(dst: dst, nonces: WalkSlice(nonces), into: keys)
            try writer.append(keys)
        }
    }

    /// What the clients sealed to this aggregator, and the public shares.
    private static func appendShares(
        of pieces: [SegmentPiece.Bytes], bits: Int, to writer: inout SequentialWriter
    ) throws(PrefixWalkError) {
        func append(_ column: (SegmentColumns) -> SegmentColumns.Column) throws(PrefixWalkError) {
            for piece in unsafe pieces { unsafe try writer.append(piece.entries(column)) }
        }
        try append { $0.keys }
        try append { $0.correlationSeeds }
        for level in 0..<bits {
            try append { $0.seedCorrections(level) }
            unsafe try writer.appendControls(of: pieces, level: level)
            try append { $0.payloadCorrections(level) }
            try append { $0.correlated(level) }
        }
    }

    /// Makes the segment durable, and gives it its name.
    ///
    /// - Parameter blockReports: how many each block has got but the last.
    consuming func finish(blockReports: Int) throws(PrefixWalkError) {
        let layout = SegmentLayout(
            bits: bits, aggregatorID: aggregatorID, ctx: ctx, reportCount: count, blockReports: blockReports,
            salt: salt)
        guard writer.count == layout.contentCount else { throw .damagedSegment }
        let header = layout.header(digest: Segment.digest)
        try writer.finish(header: header)
        try temporary.file.write(WalkSlice(WalkBuffer(header)), at: 0)
        try temporary.file.synchronize()
        try FileHandle.rename(temporary.path, to: path)
    }
}
