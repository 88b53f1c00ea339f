import PopulusKernels
import PopulusVDAF

/// Some reports of a segment under construction, level-major already: the image of a small segment, less its header.
///
/// Writing the segment concatenates its chunks' columns, so that pieces of kilobytes are copied and not entries.
struct SegmentChunk {
    /// Rows that are transposed at once.
    ///
    /// They should stay in the caches meanwhile. A multiple of the pairs in a byte of the packed columns of control bits.
    static let rows = 16

    /// A chunk's columns; the report count is its capacity.
    private let layout: SegmentLayout
    private let image: WalkBuffer
    private(set) var count = 0

    /// Room for `capacity` reports, a multiple of `rows`.
    init(bits: Int, capacity: Int, from shelf: BufferShelf) {
        layout = SegmentLayout(bits: bits, aggregatorID: 0, ctx: [], reportCount: capacity)
        image = shelf.take(layout.contentCount)
    }

    /// Gives the memory back; no chunk of it may be used afterwards.
    func release(to shelf: BufferShelf) { shelf.give(image) }

    var isFull: Bool { count == layout.reportCount }

    /// The capacity of a chunk for so many reports.
    ///
    /// Small, so that a chunk is in the caches while it is filled: with 80 to 240 reports of 256 bits rows take twice as long to
    /// become columns.
    static func capacity(for reports: Int) -> Int {
        min(max(1, (reports + rows - 1) / rows), 2) * rows
    }

    /// Adds `count` rows (public share, then input share), of which there is room for; only the last call may have a
    /// number that is not a multiple of `rows`.
    mutating func add(_ staged: WalkBuffer, count added: Int) {
        let bits = layout.bits
        let publicShare = Poplar1.publicShareLayout(bits: bits)
        let inputShare = Poplar1.inputShareLayout(bits: bits)
        let row = publicShare.size + inputShare.size
        let levels = layout.seedCorrections(1).offset - layout.seedCorrections(0).offset
        func transpose(_ source: Int, entries: Int, to column: SegmentLayout.Column) {
            image.transpose(
                from: staged, at: source, stride: row, rows: added, entries: entries,
                to: column.offset + column.entry * count, outputStride: levels)
        }
        transpose(publicShare.seeds, entries: bits, to: layout.seedCorrections(0))
        image.transposePairs(
            from: staged, at: 0, stride: row, rows: added, pairs: bits,
            to: layout.controlCorrections(0).offset + count / IdpfPublicShare.controlPairsPerByte, outputStride: levels)
        transpose(publicShare.inner, entries: bits - 1, to: layout.payloadCorrections(0))
        transpose(publicShare.size, entries: 1, to: layout.keys)
        transpose(publicShare.size + inputShare.inner, entries: bits - 1, to: layout.correlated(0))
        let single = [
            (publicShare.size + inputShare.correlatedSeed, layout.correlationSeeds),
            (publicShare.leaf, layout.payloadCorrections(bits - 1)),
            (publicShare.size + inputShare.leaf, layout.correlated(bits - 1)),
        ]
        for (source, column) in single {
            for report in 0..<added {
                image.copy(
                    from: staged, at: report * row + source, to: column.offset + (count + report) * column.entry,
                    count: column.entry)
            }
        }
        count += added
    }

    /// The chunk's entries of a column.
    func entries(_ column: (SegmentLayout) -> SegmentLayout.Column) -> WalkSlice {
        let column = column(layout)
        return WalkSlice(image, at: column.offset, count: column.entry * count)
    }

    /// The same for the packed column of control bits.
    func controls(level: Int) -> WalkSlice {
        WalkSlice(image, at: layout.controlCorrections(level).offset, count: IdpfPublicShare.controlSize(pairs: count))
    }
}
