import PopulusVDAF

/// Where the columns of some reports lie, one after the other: each holds one entry a report, in the reports' order.
///
/// First those that belong to the report as a whole, then, level by level from the root, the seeds' correction words, the
/// control bits' correction words (two bits a report, packed as in the public share), the payload's correction words, and the
/// shares of A and B. Spec: VDAF §8.2.6, §8.3.
struct SegmentColumns: Hashable, Sendable {
    let bits: Int
    let reportCount: Int
    /// Where the first column begins.
    let start: Int

    /// A column: its place and the bytes of an entry (the control bits' column is packed).
    struct Column: Hashable {
        let offset: Int
        let entry: Int
    }

    private var packedControlCount: Int { IdpfPublicShare.controlSize(pairs: reportCount) }

    /// The column that follows on another one.
    private func column(after column: Column, entry: Int) -> Column {
        Column(offset: column.offset + column.entry * reportCount, entry: entry)
    }

    /// The report IDs, which are the nonces.
    var nonces: Column { Column(offset: start, entry: Poplar1.nonceSize) }
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
        return start + Self.entriesOnce * reportCount + level * (entries * reportCount + packedControlCount)
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

    /// What is sealed in a sealed segment: all but the report IDs and what follows from them.
    var secret: Range<Int> { keys.offset..<end }

    /// Where the last column ends.
    var end: Int { column(after: correlated(bits - 1), entry: 0).offset }
}
