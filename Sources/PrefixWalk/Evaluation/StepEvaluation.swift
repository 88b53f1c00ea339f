import PopulusKernels
import PopulusVDAF

/// Evaluates some reports of a segment at one step's candidates.
///
/// Columns are read a window of reports at a time; a window is evaluated in blocks, which are as many reports as keep
/// their verification randomness near the core.
struct StepEvaluation: Sendable {
    /// What a run yields.
    struct Result {
        /// Packed elements, in the order of the reports.
        let verifierShares: [UInt8]
        /// The sum of the values as packed elements in candidate order.
        let sum: [UInt8]
        /// The sponges after an inner step; nil where they were not wanted or there is no room.
        let sponges: SpongeState?
    }

    let segment: Segment
    let plan: EvaluationPlan
    let base: NodeState?
    let messages: WalkMessages
    let kernels: WalkEvaluation
    let account: WalkAccount
    let level: Int
    let candidates: Int
    let isLeaf: Bool
    let sizes: Poplar1.LevelSizes
    let scratchCount: Int
    private let blockLimit: Int

    init(
        segment: Segment, plan: EvaluationPlan, base: NodeState?, messages: WalkMessages, account: WalkAccount,
        options: ShardEvaluator.Options
    ) throws(PrefixWalkError) {
        guard let last = plan.levels.last else { throw .invalidParameter }
        self.segment = segment
        self.plan = plan
        self.base = base
        self.messages = messages
        kernels = WalkEvaluation(path: options.path, aggregator: segment.layout.aggregatorID, bound: options.bound)
        self.account = account
        blockLimit = options.blockLimit
        level = last.level
        candidates = last.count
        isLeaf = Poplar1.isLeaf(last.level, bits: segment.bits)
        sizes = Poplar1.sizes(level: last.level, bits: segment.bits)
        scratchCount = 2 * WalkNodeRows.stride(nodes: plan.levels.dropLast().reduce(0) { max($0, $1.count) })
    }

    /// Evaluates reports, which are all live.
    ///
    /// - Parameters:
    ///   - target: takes the nodes of its level; its rows are exactly `reports`.
    ///   - threads: what takes windows besides this thread.
    func run(
        _ reports: ReportBitmap, target: StepTarget?, threads: any IdleThreads
    ) throws(PrefixWalkError) -> Result {
        let positions = reports.indices
        let count = positions.count
        let shareCount = sizes.sketch * count
        let correlatedCount = isLeaf ? 0 : sizes.triple * count
        var arena = Arena(shareCount + correlatedCount + spongeBytes, from: account.shelf)
        var work = Work(
            positions: positions, shares: arena.take(shareCount), correlated: arena.take(correlatedCount),
            target: target,
            rows: try base.flatMap { base throws(PrefixWalkError) in
                base.nodes == nil ? nil : try RowMap(of: positions, in: base.live)
            })
        var sponges: SpongeState?
        if !isLeaf { sponges = try drawCorrelated(reports, &work, keeping: target != nil, &arena) }
        // Nodes without sponges are of no use.
        if sponges == nil { work.target = nil }
        let sum = try evaluate(work, threads)
        return Result(
            verifierShares: work.shares.buffer.bytes(at: work.shares.offset, count: shareCount), sum: sum,
            sponges: sponges)
    }

    /// What the windows of a run share.
    struct Work: Sendable {
        let positions: [UInt32]
        let shares: WalkSlice
        /// a, b, c of each report.
        let correlated: WalkSlice
        /// Where nodes go; nil where none are kept.
        var target: StepTarget?
        /// The reports' rows in the base; nil where that is the root.
        let rows: RowMap?
    }

    /// Bytes that a report takes while its window is in work, and some to spare: its columns, and its state where that is
    /// not in memory.
    var windowBytes: Int {
        // A level has a seed, a byte for the control bits, and another for them while they are packed.
        let levels = (IdpfBBCGGI21.keySize + 1 + 4) * plan.levels.count
        let columns = SegmentColumns.entriesOnce + 32 + levels + sizes.value + (isLeaf ? sizes.sketch : 0)
        return columns + (base?.nodes.map { $0.isSpilled ? $0.stride : 0 } ?? 64)
    }

    /// Bytes that a block takes besides.
    func blockBytes(_ target: StepTarget?) -> Int {
        let above = isLeaf ? plan.levels.dropLast().last.map { WalkNodeRows.stride(nodes: $0.count) } ?? 0 : 0
        let spilled = target?.rows.map { $0.isSpilled ? $0.stride : 0 } ?? 0
        return blockCount * (randBytes + 16 + above + spilled) + 64 * (8 + 2 * plan.levels.count)
    }

    /// Bytes of a report's verification randomness at an inner level.
    private var randBytes: Int { Field64.encodedSize * candidates }

    /// Bytes that correlated randomness takes in work.
    private var spongeBytes: Int {
        spongeWindow * (WalkSponges.sponge + XofTurboShake128.seedSize + Poplar1.nonceSize + 16)
    }

    /// A multiple of eight reports, as sponges go up to eight at a time.
    var windowCount: Int { max(min((1 << 20) / windowBytes, blockLimit) & ~7, 8) }

    /// The same for a block: its verification randomness stays in a cache of half a MiB, and what a block costs once is
    /// shared by many reports.
    var blockCount: Int { max(min((192 << 10) / randBytes, blockLimit) & ~7, 8) }
}
