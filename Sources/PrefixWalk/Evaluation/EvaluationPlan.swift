import PopulusKernels
import PopulusVDAF

/// The nodes that one step computes, level by level, from a base (the root, or what an earlier step left) to the candidates,
/// and only along candidate paths.
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
    /// What may stay for the next step.
    let choices: [KeptLevel]

    /// The plan to a parameter, whose prefixes are sorted and unique.
    ///
    /// Nil where a candidate does not descend from the base.
    init?(to parameter: Poplar1AggregationParameter, after last: Poplar1AggregationParameter?, from base: KeptLevel) {
        let (level, prefixes) = (parameter.level, parameter.prefixes)
        baseLevel = base.level
        baseCount = base.prefixes.count
        guard baseLevel < level else { return nil }
        guard var indices = Self.ancestors(of: prefixes, in: base) else { return nil }
        choices = KeptLevel.choices(of: parameter, after: last)
        let differ = Self.firstDifferences(prefixes)
        var levels: [Level] = []
        levels.reserveCapacity(level - baseLevel)
        var shared = SharedLevels(count: prefixes.count)
        for current in (baseLevel + 1)...level {
            var parents: [UInt32] = []
            var bits: [UInt8] = []
            parents.reserveCapacity(prefixes.count)
            bits.reserveCapacity(prefixes.count)
            let (byte, shift) = (current / 8, UInt8(7 - current % 8))
            for candidate in prefixes.indices {
                if differ[candidate] <= current {
                    parents.append(indices[candidate])
                    bits.append(prefixes[candidate].bytes[byte] >> shift & 1)
                }
                indices[candidate] = UInt32(parents.count - 1)
            }
            levels.append(
                Level(level: current, count: parents.count, parents: shared.parents(parents), bits: shared.bits(bits)))
        }
        self.levels = levels
    }

    /// What levels of a long jump have in common: each node below its own parent, and bits that are all zero.
    ///
    /// So a jump over a thousand levels of padding takes no more memory than a step.
    private struct SharedLevels {
        let count: Int
        private var ascending: WalkSlice?
        private var zeros: WalkSlice?

        init(count: Int) { self.count = count }

        mutating func parents(_ parents: [UInt32]) -> WalkSlice {
            let isAscending = parents.indices.allSatisfy { parents[$0] == UInt32($0) }
            guard isAscending else { return WalkSlice(WalkBuffer(parents)) }
            if ascending == nil {
                let words = WalkSlice(WalkBuffer(count: 4 * count))
                words.storeCount(from: 0, count: count)
                ascending = words
            }
            return ascending?.prefix(4 * parents.count) ?? WalkSlice(WalkBuffer(parents))
        }

        mutating func bits(_ bits: [UInt8]) -> WalkSlice {
            guard bits.allSatisfy({ $0 == 0 }) else { return WalkSlice(WalkBuffer(bits)) }
            let slice = zeros ?? WalkSlice(WalkBuffer(count: count))
            zeros = slice
            return slice.prefix(bits.count)
        }
    }

    /// Whether each of the sorted prefixes of a higher level descends from one of those of an earlier level, sorted too.
    static func descends(_ prefixes: [Prefix], level: Int, from base: (level: Int, prefixes: [Prefix])) -> Bool {
        level > base.level && ancestors(of: prefixes, in: base.prefixes) != nil
    }

    /// For each candidate, the first bit in which it differs from the one before; 0 for the first.
    private static func firstDifferences(_ prefixes: [Prefix]) -> [Int] {
        var differ = [Int](repeating: 0, count: prefixes.count)
        for index in prefixes.indices.dropFirst() {
            differ[index] = prefixes[index - 1].commonBits(with: prefixes[index])
        }
        return differ
    }

    private static func ancestors(of prefixes: [Prefix], in base: KeptLevel) -> [UInt32]? {
        base.level < 0 ? [UInt32](repeating: 0, count: prefixes.count) : ancestors(of: prefixes, in: base.prefixes)
    }

    /// For each candidate, the index of its ancestor in the base.
    private static func ancestors(of prefixes: [Prefix], in base: [Prefix]) -> [UInt32]? {
        var index = 0
        var found: [UInt32] = []
        found.reserveCapacity(prefixes.count)
        for prefix in prefixes {
            while index < base.count, base[index].order(amongBeginningsOf: prefix) < 0 { index += 1 }
            guard index < base.count, base[index].isPrefix(of: prefix) else { return nil }
            found.append(UInt32(index))
        }
        return found
    }
}
