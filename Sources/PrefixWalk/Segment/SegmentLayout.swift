import PopulusVDAF

/// Where things lie in a segment's file.
///
/// The file is a header of fixed length, the context, padding to 64 bytes, then columns: each holds one entry a report,
/// in the shard's initial order. First those that belong to the report as a whole, then, level by level from the root,
/// the seeds' correction words, the control bits' correction words (two bits a report, packed as in the public share),
/// the payload's correction words, and the shares of A and B. So a step reads its levels in sequence and nothing else;
/// a skipped level costs its first two columns. Last comes a digest of all that, eight bytes, which tells a damaged file;
/// segments of version 1 have none. Spec: VDAF §8.2.6, §8.3.
///
/// A sealed segment has a salt behind the context. Everything from the IDPF keys on is sealed in its place
/// (``SealedPages``), and the tags stand between that and the digest, which is of the bytes as they lie in the file.
package struct SegmentLayout: Hashable, Sendable {
    static let magic: [UInt8] = Array("PopulusW".utf8)
    static let version: UInt32 = 2
    static let versionSealed: UInt32 = 3
    static let versionWithoutDigest: UInt32 = 1
    static let headerCount = 64
    static let digestCount = 8

    package let bits: Int
    package let aggregatorID: Int
    package let ctx: [UInt8]
    package let reportCount: Int
    /// Whether the columns are followed by a digest.
    let hasDigest: Bool
    /// Of a sealed segment; else empty.
    let salt: [UInt8]

    init(
        bits: Int, aggregatorID: Int, ctx: [UInt8], reportCount: Int, hasDigest: Bool = true, salt: [UInt8] = []
    ) {
        self.bits = bits
        self.aggregatorID = aggregatorID
        self.ctx = ctx
        self.reportCount = reportCount
        self.hasDigest = hasDigest
        self.salt = salt
    }

    /// Whether its secret columns are sealed.
    package var isSealed: Bool { !salt.isEmpty }

    /// A column: its place in the file and the bytes of an entry (the control bits' column is packed).
    struct Column: Hashable {
        let offset: Int
        let entry: Int
    }

    private var columnStart: Int { (Self.headerCount + ctx.count + salt.count + 63) / 64 * 64 }
    private var packedControlCount: Int { IdpfPublicShare.controlSize(pairs: reportCount) }

    /// The column that follows on another one.
    private func column(after column: Column, entry: Int) -> Column {
        Column(offset: column.offset + column.entry * reportCount, entry: entry)
    }

    /// The report IDs, which are the nonces.
    var nonces: Column { Column(offset: columnStart, entry: Poplar1.nonceSize) }
    /// The AES keys of `extend`, derived from context and nonce.
    var extendKeys: Column { column(after: nonces, entry: XofFixedKeyAes128.keySize) }
    /// The AES keys of `convert`.
    var convertKeys: Column { column(after: extendKeys, entry: XofFixedKeyAes128.keySize) }
    /// The IDPF keys.
    var keys: Column { column(after: convertKeys, entry: IdpfBBCGGI21.keySize) }
    /// The seeds of the correlated randomness.
    var correlationSeeds: Column { column(after: keys, entry: XofTurboShake128.seedSize) }

    /// Bytes that a report has in the columns so far, whatever its levels are.
    static let entriesOnce =
        Poplar1.nonceSize + 2 * XofFixedKeyAes128.keySize + IdpfBBCGGI21.keySize + XofTurboShake128.seedSize

    private func levelStart(_ level: Int) -> Int {
        let inner = Poplar1.LevelSizes.inner
        let entries = IdpfBBCGGI21.keySize + inner.value + inner.masks
        return columnStart + Self.entriesOnce * reportCount + level * (entries * reportCount + packedControlCount)
    }

    func seedCorrections(_ level: Int) -> Column { Column(offset: levelStart(level), entry: IdpfBBCGGI21.keySize) }

    /// Packed: entry 0 means that a report's pair of bits is in the byte at
    /// `offset + report / IdpfPublicShare.controlPairsPerByte`.
    func controlCorrections(_ level: Int) -> Column { column(after: seedCorrections(level), entry: 0) }

    func payloadCorrections(_ level: Int) -> Column {
        Column(offset: controlCorrections(level).offset + packedControlCount, entry: sizes(level).value)
    }

    /// The shares of A and B.
    func correlated(_ level: Int) -> Column {
        column(after: payloadCorrections(level), entry: sizes(level).masks)
    }

    private func sizes(_ level: Int) -> Poplar1.LevelSizes { Poplar1.sizes(level: level, bits: bits) }

    /// Bytes before the tags and the digest.
    var contentCount: Int {
        column(after: correlated(bits - 1), entry: 0).offset
    }

    /// What is sealed in a sealed segment; nothing in others.
    var sealed: Range<Int> { isSealed && reportCount > 0 ? keys.offset..<contentCount : 0..<0 }

    /// Bytes before the digest.
    var digestedCount: Int { contentCount + SealedPages.tagCount * SealedPages.count(in: sealed) }

    /// Bytes of the whole file.
    var fileCount: Int { digestedCount + (hasDigest ? Self.digestCount : 0) }
}

extension SegmentLayout {
    /// The header: magic, version, bits, aggregator, context length, report count (little-endian), digest of all this
    /// and the context, and the salt of a sealed one.
    func header(digest: ([UInt8]) -> [UInt8]) -> [UInt8] {
        var header = Self.magic
        let unsealed = hasDigest ? Self.version : Self.versionWithoutDigest
        header.append(littleEndian: isSealed ? Self.versionSealed : unsealed)
        header.append(littleEndian: UInt32(bits))
        header.append(littleEndian: UInt32(aggregatorID))
        header.append(littleEndian: UInt32(ctx.count))
        header.append(littleEndian: UInt64(reportCount))
        header += digest(header + ctx + salt)
        header += [UInt8](repeating: 0, count: Self.headerCount - header.count)
        return header
    }

    /// Bits, aggregator ID, context length and report count of a header with the right magic and version.
    static func parse(
        header: [UInt8]
    ) -> (bits: Int, aggregatorID: Int, ctxCount: Int, reportCount: Int, version: UInt32)? {
        guard header.count == headerCount, Array(header[..<8]) == magic else { return nil }
        let version = UInt32(header.word(at: 8, count: 4))
        guard [versionWithoutDigest, Self.version, versionSealed].contains(version) else { return nil }
        let bits = header.word(at: 12, count: 4)
        let aggregatorID = header.word(at: 16, count: 4)
        let ctxCount = header.word(at: 20, count: 4)
        let reportCount = header.word(at: 24, count: 8)
        guard (1...UInt64(Poplar1.maximumBits)).contains(bits), aggregatorID < Poplar1.shares,
            ctxCount <= VDAFSpecification.greatestContextSize, reportCount < 1 << 32
        else { return nil }
        return (Int(bits), Int(aggregatorID), Int(ctxCount), Int(reportCount), version)
    }
}

extension [UInt8] {
    mutating func append(littleEndian value: some FixedWidthInteger) {
        for shift in stride(from: 0, to: value.bitWidth, by: 8) { append(UInt8(truncatingIfNeeded: value >> shift)) }
    }

    fileprivate func word(at offset: Int, count: Int) -> UInt64 {
        (0..<count).reduce(0) { $0 | UInt64(self[offset + $1]) << UInt64(8 * $1) }
    }
}
