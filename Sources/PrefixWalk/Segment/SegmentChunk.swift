import PopulusKernels
import PopulusVDAF

/// Some reports of a segment under construction, level-major already: a small block.
///
/// A segment's block concatenates its chunks' columns, so that pieces of kilobytes are copied and not entries.
struct SegmentChunk {
    /// Rows that are transposed at once.
    ///
    /// They should stay in the caches meanwhile. A multiple of the pairs in a byte of the packed columns of control bits.
    static let rows = 16

    /// A chunk's columns; the report count is its capacity.
    fileprivate let columns: SegmentColumns
    fileprivate let image: WalkBuffer
    private(set) var count = 0

    /// Room for `capacity` reports, a multiple of `rows`.
    init(bits: Int, capacity: Int, from shelf: BufferShelf) {
        columns = SegmentColumns(bits: bits, reportCount: capacity, start: 0)
        image = shelf.take(columns.end)
    }

    /// Gives the memory back; no chunk of it may be used afterwards.
    func release(to shelf: BufferShelf) { shelf.give(image) }

    var isFull: Bool { count == columns.reportCount }

    /// The capacity of a chunk for so many reports.
    ///
    /// Small, so that a chunk is in the caches while it is filled: with 80 to 240 reports of 256 bits rows take twice as long to
    /// become columns.
    static func capacity(for reports: Int) -> Int {
        min(max(1, (reports + rows - 1) / rows), 2) * rows
    }

    /// Adds `count` reports' IDs and rows (public share, then input share), of which there is room for; only the last call may
    /// have a number that is not a multiple of `rows`.
    mutating func add(_ nonces: [UInt8], _ staged: WalkBuffer, count added: Int) {
        let bits = columns.bits
        let publicShare = Poplar1.publicShareLayout(bits: bits)
        let inputShare = Poplar1.inputShareLayout(bits: bits)
        let row = publicShare.size + inputShare.size
        let levels = columns.seedCorrections(1).offset - columns.seedCorrections(0).offset
        func transpose(_ source: Int, entries: Int, to column: SegmentColumns.Column) {
            image.transpose(
                from: staged, at: source, stride: row, rows: added, entries: entries,
                to: column.offset + column.entry * count, outputStride: levels)
        }
        image.copy(nonces.span, to: columns.nonces.offset + columns.nonces.entry * count)
        transpose(publicShare.seeds, entries: bits, to: columns.seedCorrections(0))
        image.transposePairs(
            from: staged, at: 0, stride: row, rows: added, pairs: bits,
            to: columns.controlCorrections(0).offset + count / IdpfPublicShare.controlPairsPerByte, outputStride: levels
        )
        transpose(publicShare.inner, entries: bits - 1, to: columns.payloadCorrections(0))
        transpose(publicShare.size, entries: 1, to: columns.keys)
        transpose(publicShare.size + inputShare.inner, entries: bits - 1, to: columns.correlated(0))
        let single = [
            (publicShare.size + inputShare.correlatedSeed, columns.correlationSeeds),
            (publicShare.leaf, columns.payloadCorrections(bits - 1)),
            (publicShare.size + inputShare.leaf, columns.correlated(bits - 1)),
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

    /// The entries of some of the chunk's reports in a column.
    func entries(_ column: (SegmentColumns) -> SegmentColumns.Column, of reports: Range<Int>) -> WalkSlice {
        let column = column(columns)
        return WalkSlice(
            image, at: column.offset + column.entry * reports.lowerBound, count: column.entry * reports.count)
    }
}

/// Some of a chunk's reports, on their way into a block.
struct SegmentPiece {
    let chunk: SegmentChunk
    /// Within the chunk.
    private(set) var reports: Range<Int>

    init(_ chunk: SegmentChunk) { (self.chunk, reports) = (chunk, 0..<chunk.count) }

    /// Takes the first reports off.
    mutating func removeFirst(_ count: Int) -> SegmentPiece {
        var first = self
        first.reports = reports.prefix(count)
        reports = reports.dropFirst(count)
        return first
    }

    /// Whether no report of the chunk comes after these.
    var isLast: Bool { reports.upperBound == chunk.count }

    func entries(_ column: (SegmentColumns) -> SegmentColumns.Column) -> WalkSlice {
        chunk.entries(column, of: reports)
    }
}

extension SegmentPiece {
    /// Where a piece's bytes are while it is kept: its columns are copied thousands of times a block, and whoever has the piece
    /// itself in hand counts its owners each time.
    @unsafe struct Bytes {
        private let image: UnsafeRawBufferPointer
        private let columns: SegmentColumns
        private let count: Int
        let reports: Range<Int>

        fileprivate init(of piece: SegmentPiece) {
            let image = piece.chunk.image
            unsafe self.image = UnsafeRawBufferPointer(image.withBytes(at: 0, count: image.count))
            (columns, count, reports) = (piece.chunk.columns, piece.chunk.count, piece.reports)
        }

        /// The entries of a column.
        func entries(_ column: (SegmentColumns) -> SegmentColumns.Column) -> UnsafeRawBufferPointer {
            let column = column(columns)
            let start = column.offset + column.entry * reports.lowerBound
            return unsafe UnsafeRawBufferPointer(rebasing: image[start..<start + column.entry * reports.count])
        }

        /// The packed column of control bits, of all of the chunk's reports.
        func controls(level: Int) -> UnsafeRawBufferPointer {
            let start = columns.controlCorrections(level).offset
            let size = IdpfPublicShare.controlSize(pairs: count)
            return unsafe UnsafeRawBufferPointer(rebasing: image[start..<start + size])
        }
    }

    /// - Precondition: the piece must outlive the use.
    @unsafe var bytes: Bytes { unsafe Bytes(of: self) }
}
