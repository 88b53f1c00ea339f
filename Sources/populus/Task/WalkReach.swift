import AggregatorServer
import PopulusDAP
import PopulusStringCodec
import PopulusVDAF

/// How far a task's walks can get: which bits their steps reach, and which strings can end there.
///
/// A string is found when its code word has ended at an inner step and the last step asks for it at the leaf, or when the
/// leaf is so near the last inner step that all strings below a prefix are asked for (`WalkPlanner`).
struct WalkReach {
    private let bits: Int
    private let maxSteps: Int
    /// The most bits of the first step, and of each one after it; both need room for every way to go on.
    let first: Int
    let width: Int

    init(_ bounds: WalkTaskExtension, bits: Int) {
        self.bits = bits
        maxSteps = Int(bounds.maxSteps)
        let room = Int(bounds.maxCandidates).bitWidth - 1 - Int(bounds.maxCandidates).leadingZeroBitCount
        first = min(WalkRules.firstStepMaxLevel(bounds.firstStepMaxLevel, bits: bits) + 1, room)
        width = min(Int(bounds.maxBitsPerStep), room)
    }

    /// The bits that the last inner step reaches.
    private var inner: Int { first + (maxSteps - 2) * width }

    /// The bits that the last step reaches.
    var reach: Int { inner + width }

    /// Whether every string that fits can be found.
    private var findsAll: Bool { reach >= bits }

    /// The steps that it takes to find every string.
    private var stepsForAll: Int { 1 + (max(0, bits - first) + width - 1) / width }

    /// Whether any string can be found that is not empty.
    func findsSomething(_ encoding: any StringEncoding) -> Bool {
        // Where all code words have one length the shortest one ends at the leaf.
        guard !findsAll, case .open(let shortest) = encoding.read(Prefix(), bits: bits) else { return findsAll }
        return inner >= max(shortest, encoding.leastBits)
    }

    /// Why nothing can be found, and what would do.
    var tooShort: String {
        "no string could ever be found: \(maxSteps) steps of at most \(counted(width, "bit")) reach bit \(reach) of \(bits); "
            + "give --max-steps \(stepsForAll) or more\(width < 16 ? ", or longer steps (--max-bits-per-step)" : "")"
    }

    /// Which strings are out of reach, if any are.
    func warning(_ encoding: any StringEncoding) -> String? {
        guard !findsAll else { return nil }
        return "\(maxSteps) steps of at most \(counted(width, "bit")) reach bit \(reach) of \(bits): only "
            + "\(encoding.capacity(bits: inner)) can be found; give --max-steps \(stepsForAll) for all, or a higher "
            + "--max-bits-per-step"
    }
}

extension WalkOptions {
    /// The most candidates that fit into a `CollectionJobReq` at the leaf, the greatest message that grows with them.
    static func mostCandidates(bits: UInt16) -> UInt32 {
        let row = RouteTable.rows.first { $0.operation == .createCollectionJob }
        // The query, the job's extension and the parameter's own header are far smaller.
        let room = (row?.maximumBody ?? 0) - 4096
        return UInt32(clamping: room / ((Int(bits) + 7) / 8))
    }

    /// What the owner should know of the bounds before anybody reports.
    func warnings(
        _ bounds: WalkTaskExtension, bits: UInt16, encoding: any StringEncoding, minBatchSize: UInt64
    ) -> [String] {
        let first = Int(bounds.firstStepMaxLevel) + 1
        var warnings: [String] = []
        if first + 1 >= bits {
            warnings.append(
                "a walk's first step may count the reports below every prefix of \(first) of the \(bits) bits; a lower "
                    + "--first-step-max-level shows less")
        }
        if let short = WalkReach(bounds, bits: Int(bits)).warning(encoding) { warnings.append(short) }
        if bounds.minThreshold > minBatchSize {
            warnings.append(
                "a batch of \(minBatchSize) reports has no string with \(bounds.minThreshold) votes, and can be walked once: "
                    + "give --min-batch-size \(bounds.minThreshold) or more, or "
                    + (bounds.noise == .none || bounds.minThreshold > bounds.leastThreshold
                        ? "a lower --min-threshold" : "less noise (a greater --epsilon, or fewer --max-steps)"))
        }
        let prefixes = bounds.ancestorLimit(reportCount: minBatchSize)
        if prefixes > bounds.maxCandidates / 2 {
            warnings.append(
                "in the smallest batch \(prefixes) prefixes can have \(bounds.minThreshold) votes each, and a step asks for "
                    + "two candidates below each: more than --max-candidates \(bounds.maxCandidates). Such a walk can go on "
                    + "with a higher threshold only")
        }
        return warnings
    }
}
