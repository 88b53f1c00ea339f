import PopulusVDAF

/// Where things lie in a segment's file.
///
/// The file is a header of fixed length, the context, padding to 64 bytes, then blocks: each holds the columns of so many
/// reports (``SegmentColumns``), in the shard's initial order; the last one has the rest. So a block is written when its
/// reports are there, and a step reads its levels of each block in sequence and nothing else; a skipped level costs its first
/// two columns. Last comes a digest of all behind the header, eight bytes, which tells a damaged file. The header has a
/// digest of its own, and is written last.
///
/// Segments of versions 1 and 2 have one block. Those of version 2 have another digest, of the header too; those of version 1
/// have none.
package struct SegmentLayout: Hashable, Sendable {
    /// How a file is made, by the version in its header.
    enum Version: UInt32 {
        case withoutDigest = 1
        case ofOneBlock = 2
        case ofBlocks = 3
    }

    static let magic: [UInt8] = Array("PopulusW".utf8)
    static let headerCount = 64
    private static let digestCount = 8

    /// Reports of a block: enough that a step reads long pieces, few enough that a segment is not in memory as a whole while it
    /// is made.
    package static let blockReports = 1024

    package let bits: Int
    package let aggregatorID: Int
    package let ctx: [UInt8]
    package let reportCount: Int
    let version: Version
    /// Reports of each block but the last.
    let blockReports: Int

    /// - Parameter blockReports: at least 1.
    init(bits: Int, aggregatorID: Int, ctx: [UInt8], reportCount: Int, version: Version = .ofBlocks, blockReports: Int)
    {
        self.bits = bits
        self.aggregatorID = aggregatorID
        self.ctx = ctx
        self.reportCount = reportCount
        self.version = version
        self.blockReports = version == .ofBlocks ? blockReports : max(1, reportCount)
    }

    /// Where the first block begins.
    var blockStart: Int { (Self.headerCount + ctx.count + 63) / 64 * 64 }

    private var blockCount: Int { (reportCount + blockReports - 1) / blockReports }

    /// The columns of a block, by its number.
    func block(_ number: Int) -> SegmentColumns {
        let full = SegmentColumns(bits: bits, reportCount: blockReports, start: 0).end
        return SegmentColumns(
            bits: bits, reportCount: min(blockReports, reportCount - number * blockReports),
            start: blockStart + number * full)
    }

    /// A part of a range of reports that lies in one block.
    struct Part {
        let columns: SegmentColumns
        /// Within the block.
        let reports: Range<Int>
        /// How many of the range's reports come before.
        let done: Int
    }

    /// The parts of a range of reports, in order.
    func parts(of range: Range<Int>) -> [Part] {
        var parts: [Part] = []
        var first = range.lowerBound
        while first < range.upperBound {
            let number = first / blockReports
            let start = number * blockReports
            let end = min(range.upperBound, start + blockReports)
            parts.append(
                Part(columns: block(number), reports: (first - start)..<(end - start), done: first - range.lowerBound))
            first = end
        }
        return parts
    }

    /// Bytes before the digest.
    var contentCount: Int { blockCount == 0 ? blockStart : block(blockCount - 1).end }

    /// Bytes of the whole file.
    var fileCount: Int { contentCount + (version == .withoutDigest ? 0 : Self.digestCount) }
}

extension SegmentLayout {
    /// The header: magic, version, bits, aggregator, context length, report count, reports of a block (little-endian; none
    /// before version 3), digest of all this and the context.
    func header(digest: ([UInt8]) -> [UInt8]) -> [UInt8] {
        var header = Self.magic
        header.append(littleEndian: version.rawValue)
        header.append(littleEndian: UInt32(bits))
        header.append(littleEndian: UInt32(aggregatorID))
        header.append(littleEndian: UInt32(ctx.count))
        header.append(littleEndian: UInt32(reportCount))
        header.append(littleEndian: version == .ofBlocks ? UInt32(blockReports) : 0)
        header += digest(header + ctx)
        header += [UInt8](repeating: 0, count: Self.headerCount - header.count)
        return header
    }

    /// What a header says that has the right magic and a known version.
    struct Fields {
        let version: Version
        let bits: Int
        let aggregatorID: Int
        let ctxCount: Int
        let reportCount: Int
        let blockReports: Int

        init?(header: [UInt8]) {
            guard header.count == headerCount, Array(header[..<8]) == magic,
                let version = Version(rawValue: header.word(at: 8))
            else { return nil }
            self.version = version
            bits = Int(header.word(at: 12))
            aggregatorID = Int(header.word(at: 16))
            ctxCount = Int(header.word(at: 20))
            reportCount = Int(header.word(at: 24))
            blockReports = Int(header.word(at: 28))
            guard (1...Poplar1.maximumBits).contains(bits), aggregatorID < Poplar1.shares,
                ctxCount <= VDAFSpecification.greatestContextSize, (blockReports > 0) == (version == .ofBlocks)
            else { return nil }
        }
    }

    init(_ fields: Fields, ctx: [UInt8]) {
        self.init(
            bits: fields.bits, aggregatorID: fields.aggregatorID, ctx: ctx, reportCount: fields.reportCount,
            version: fields.version, blockReports: fields.blockReports)
    }
}

extension [UInt8] {
    mutating func append(littleEndian value: some FixedWidthInteger) {
        for shift in stride(from: 0, to: value.bitWidth, by: 8) { append(UInt8(truncatingIfNeeded: value >> shift)) }
    }

    fileprivate func word(at offset: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(self[offset + $1]) << UInt32(8 * $1) }
    }
}
