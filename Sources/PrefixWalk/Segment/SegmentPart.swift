import PopulusKernels
import PopulusVDAF

/// Some reports of a segment under construction, checked and level-major already.
///
/// Several threads may make parts side by side, each with some of the reports; a `SegmentBuilder` puts them together in their
/// order. Shares are wiped with the part, or with the buffers that its walk keeps for use.
package struct SegmentPart: Sendable {
    /// A part's memory is best used where its reports are a multiple of so many.
    package static let rows = SegmentChunk.rows

    let shape: SegmentShape
    /// Reports so far.
    package private(set) var count = 0
    /// All but the last are full.
    private(set) var chunks: [SegmentChunk] = []
    /// Public share and input share of the last reports, one after the other, on their way to a chunk.
    private let staged: WalkBuffer
    /// The IDs of these reports.
    private var stagedNonces: [UInt8] = []
    /// Whether reports may be added.
    private(set) var isOpen = true
    /// How many reports the part is for; nil where nobody knows.
    private let capacity: Int?
    /// Where the chunks' memory comes from and goes to.
    private let account: WalkAccount

    /// - Parameters:
    ///   - capacity: how many reports it is for, which says how much memory its chunks take; more are taken too.
    ///   - account: the walk's, whose buffers are used again.
    package init(shape: SegmentShape, capacity: Int? = nil, account: WalkAccount) {
        self.shape = shape
        self.capacity = capacity
        self.account = account
        staged = account.shelf.take(SegmentChunk.rows * shape.rowCount)
    }

    /// Gives the chunks' memory back; no part of it may be used afterwards.
    func release() { for chunk in chunks { chunk.release(to: account.shelf) } }

    private var stagedCount: Int { stagedNonces.count / Poplar1.nonceSize }

    /// Adds a report.
    ///
    /// - Throws: `malformedShare`, and the part is as before: lengths, padding and every field element are checked,
    ///   so nothing malformed ever reaches the engine. Spec: VDAF §8.2.6.1, §8.2.6.2.
    package mutating func append(
        reportID: Span<UInt8>, publicShare: Span<UInt8>, inputShare: Span<UInt8>
    ) throws(PrefixWalkError) {
        try shape.check(reportID: reportID, publicShare: publicShare, inputShare: inputShare)
        staged.copy(publicShare, to: stagedCount * shape.rowCount)
        staged.copy(inputShare, to: stagedCount * shape.rowCount + publicShare.count)
        for index in 0..<Poplar1.nonceSize { stagedNonces.append(reportID[index]) }
        count += 1
        if stagedCount == SegmentChunk.rows { unstage() }
    }

    /// Brings the last reports into their chunk: none is added afterwards.
    package mutating func finish() {
        guard isOpen else { return }
        unstage()
        isOpen = false
        account.shelf.give(staged)
    }

    private mutating func unstage() {
        guard stagedCount > 0 else { return }
        if chunks.last?.isFull ?? true {
            let done = chunks.reduce(0) { $0 + $1.count }
            let expected = capacity.map { max($0 - done, stagedCount) } ?? count
            let capacity = SegmentChunk.capacity(for: expected)
            chunks.append(SegmentChunk(bits: shape.bits, capacity: capacity, from: account.shelf))
        }
        chunks[chunks.count - 1].add(stagedNonces, staged, count: stagedCount)
        stagedNonces.removeAll(keepingCapacity: true)
    }
}

/// The shape that a report's shares must have to go into a segment.
package struct SegmentShape: Sendable {
    let bits: Int
    private let publicLayout: IdpfPublicShare.Layout
    private let inputLayout: Poplar1InputShare.Layout

    /// - Throws: `segmentMismatch` for a number of bits that Poplar1 does not have.
    package init(bits: Int) throws(PrefixWalkError) {
        guard (1...Poplar1.maximumBits).contains(bits) else { throw .segmentMismatch }
        self.bits = bits
        publicLayout = Poplar1.publicShareLayout(bits: bits)
        inputLayout = Poplar1.inputShareLayout(bits: bits)
    }

    /// Bytes of a public share and an input share.
    var rowCount: Int { publicLayout.size + inputLayout.size }

    /// Whether a segment takes a report.
    ///
    /// - Throws: `malformedShare`, as `SegmentPart.append` does.
    package func check(
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
}
