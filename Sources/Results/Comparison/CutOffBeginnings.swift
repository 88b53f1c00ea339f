/// What the strings that a walk cut off are sure to begin with, for many questions.
struct CutOffBeginnings {
    /// In ascending order, and none of them begins with another.
    private let beginnings: [[UInt8]]

    /// Nothing for a walk that cut nothing off.
    init?(_ ending: WalkEnding) {
        guard case .cutOff(_, let all) = ending else { return nil }
        var beginnings: [[UInt8]] = []
        for beginning in all.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            // What begins so begins with the shorter one as well.
            if let last = beginnings.last, beginning.starts(with: last) { continue }
            beginnings.append(beginning)
        }
        self.beginnings = beginnings
    }

    /// Whether a string that is not listed may have been cut off, as `WalkEnding.mayHaveCutOff` says of one.
    func mayHave(_ value: [UInt8]) -> Bool {
        guard !beginnings.isEmpty else { return true }
        // Of those that do not come after the value only the last one can be its beginning.
        var (low, high) = (0, beginnings.count)
        while low < high {
            let middle = (low + high) / 2
            if value.lexicographicallyPrecedes(beginnings[middle]) { high = middle } else { low = middle + 1 }
        }
        return low > 0 && value.starts(with: beginnings[low - 1])
    }
}
