import PopulusVDAF

/// Where things lie in a segment's file.
///
/// The file is a header of fixed length, the context, padding to 64 bytes, then blocks: each holds the columns of so many
/// reports (``SegmentColumns``), in the shard's initial order; the last one has the rest. So a block is written when its
/// reports are there, and a step reads its levels of each block in sequence and nothing else; a skipped level costs its first
/// two columns. Last comes a digest of all behind the header, eight bytes, which tells a damaged file. The header has a
/// digest of its own, and is written last.
///
/// A sealed segment has a salt behind the context. Of each block everything from the IDPF keys on is sealed in its place
/// (``SealedPages``); the tags stand between the last block and the digest, which is of the bytes as they lie in the file.
///
/// Segments of versions 1 and 2 have one block. Those of version 2 have another digest, of the header too; those of version 1
/// have none.
package struct SegmentLayout: Hashable, Sendable {
    /// How a file is made, by the version in its header.
    enum Version: UInt32 {
        case withoutDigest = 1
        case ofOneBlock = 2
        case ofBlocks = 3
        case ofSealedBlocks = 4

        var hasBlocks: Bool { self == .ofBlocks || self == .ofSealedBlocks }
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
    /// Of a sealed segment; else empty.
    let salt: [UInt8]

    /// - Parameters:
    ///   - version: of `ofBlocks`, one with a salt is `ofSealedBlocks`.
    ///   - blockReports: at least 1.
    init(
        bits: Int, aggregatorID: Int, ctx: [UInt8], reportCount: Int, version: Version = .ofBlocks, blockReports: Int,
        salt: [UInt8] = []
    ) {
        self.bits = bits
        self.aggregatorID = aggregatorID
        self.ctx = ctx
        self.reportCount = reportCount
        self.version = version == .ofBlocks && !salt.isEmpty ? .ofSealedBlocks : version
        self.blockReports = version.hasBlocks ? blockReports : max(1, reportCount)
        self.salt = salt
    }

    /// Whether its secret columns are sealed.
    package var isSealed: Bool { version == .ofSealedBlocks }

    /// Where the first block begins.
    var blockStart: Int { (Self.headerCount + ctx.count + salt.count + 63) / 64 * 64 }

    var blockCount: Int { (reportCount + blockReports - 1) / blockReports }

    /// The columns of a block with as many reports as there may be, as if the file began with it.
    var wholeBlock: SegmentColumns { SegmentColumns(bits: bits, reportCount: blockReports, start: 0) }

    /// The columns of a block, by its number.
    func block(_ number: Int) -> SegmentColumns {
        SegmentColumns(
            bits: bits, reportCount: min(blockReports, reportCount - number * blockReports),
            start: blockStart + number * wholeBlock.end)
    }

    /// A part of a range of reports that lies in one block.
    struct Part {
        /// Of the block.
        let number: Int
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
                Part(
                    number: number, columns: block(number), reports: (first - start)..<(end - start),
                    done: first - range.lowerBound))
            first = end
        }
        return parts
    }

    /// Bytes before the tags and the digest.
    var contentCount: Int { blockCount == 0 ? blockStart : block(blockCount - 1).end }

    /// Bytes before the digest.
    var digestedCount: Int { contentCount + SealedPages.tagsCount(of: self) }

    /// Bytes of the whole file.
    var fileCount: Int { digestedCount + (version == .withoutDigest ? 0 : Self.digestCount) }
}

extension SegmentLayout {
    /// The header: magic, version, bits, aggregator, context length, report count, reports of a block (little-endian; none
    /// before version 3), digest of all this, the context and the salt.
    func header(digest: ([UInt8]) -> [UInt8]) -> [UInt8] {
        var header = Self.magic
        header.append(littleEndian: version.rawValue)
        header.append(littleEndian: UInt32(bits))
        header.append(littleEndian: UInt32(aggregatorID))
        header.append(littleEndian: UInt32(ctx.count))
        header.append(littleEndian: UInt32(reportCount))
        header.append(littleEndian: version.hasBlocks ? UInt32(blockReports) : 0)
        header += digest(header + ctx + salt)
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

        var saltCount: Int { version == .ofSealedBlocks ? SegmentKey.saltCount : 0 }

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
                ctxCount <= VDAFSpecification.greatestContextSize, (blockReports > 0) == version.hasBlocks
            else { return nil }
        }
    }

    init(_ fields: Fields, ctx: [UInt8], salt: [UInt8]) {
        self.init(
            bits: fields.bits, aggregatorID: fields.aggregatorID, ctx: ctx, reportCount: fields.reportCount,
            version: fields.version, blockReports: fields.blockReports, salt: salt)
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
