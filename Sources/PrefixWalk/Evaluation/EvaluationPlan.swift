import Kernels
import VDAF

/// The nodes that one step computes, level by level, from a base (the root, or the candidates of an earlier step) to the
/// candidates, and only along candidate paths.
struct EvaluationPlan: Sendable {
    /// The nodes of one level, in lexicographic order.
    struct Level: Sendable {
        let level: Int
        let count: Int
        let parents: WalkSlice
        let bits: WalkSlice
    }

    /// The level of the base: -1 is the root.
    let baseLevel: Int
    /// Nodes of the base, used or not.
    let baseCount: Int
    /// From `baseLevel + 1` on, without gaps.
    let levels: [Level]

    /// The plan to `prefixes`, which are sorted and unique and of `level + 1` bits.
    ///
    /// Nil where a candidate does not descend from the base.
    init?(to prefixes: [Prefix], level: Int, from base: (level: Int, prefixes: [Prefix])?) {
        baseLevel = base?.level ?? -1
        baseCount = base?.prefixes.count ?? 1
        guard baseLevel < level else { return nil }
        guard var indices = Self.ancestors(of: prefixes, in: base) else { return nil }
        let differ = Self.firstDifferences(prefixes)
        var levels: [Level] = []
        for current in (baseLevel + 1)...level {
            var parents: [UInt32] = []
            var bits: [UInt8] = []
            for (candidate, prefix) in prefixes.enumerated() {
                if differ[candidate] <= current {
                    parents.append(indices[candidate])
                    bits.append(prefix.bit(current) ? 1 : 0)
                }
                indices[candidate] = UInt32(parents.count - 1)
            }
            levels.append(
                Level(
                    level: current, count: parents.count, parents: WalkSlice(WalkBuffer(parents)),
                    bits: WalkSlice(WalkBuffer(bits))))
        }
        self.levels = levels
    }

    /// Whether each of the sorted prefixes of a higher level descends from an earlier step's candidates, sorted too.
    static func descends(_ prefixes: [Prefix], level: Int, from last: Poplar1AggregationParameter) -> Bool {
        level > last.level && ancestors(of: prefixes, in: (last.level, last.prefixes)) != nil
    }

    /// For each candidate, the first bit in which it differs from the one before; 0 for the first.
    private static func firstDifferences(_ prefixes: [Prefix]) -> [Int] {
        var differ = [Int](repeating: 0, count: prefixes.count)
        for index in prefixes.indices.dropFirst() {
            let pair = zip(prefixes[index - 1].bytes, prefixes[index].bytes)
            var bit = 0
            for (left, right) in pair {
                if left != right {
                    bit += (left ^ right).leadingZeroBitCount
                    break
                }
                bit += 8
            }
            differ[index] = bit
        }
        return differ
    }

    /// For each candidate, the index of its ancestor in the base.
    private static func ancestors(of prefixes: [Prefix], in base: (level: Int, prefixes: [Prefix])?) -> [UInt32]? {
        guard let base else { return [UInt32](repeating: 0, count: prefixes.count) }
        var index = 0
        var found: [UInt32] = []
        found.reserveCapacity(prefixes.count)
        for prefix in prefixes {
            let ancestor = prefix.ancestor(level: base.level)
            while index < base.prefixes.count, base.prefixes[index] < ancestor { index += 1 }
            guard index < base.prefixes.count, base.prefixes[index] == ancestor else { return nil }
            found.append(UInt32(index))
        }
        return found
    }
}
