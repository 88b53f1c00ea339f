import PopulusStringCodec

/// Sums of a walk's counts by group, and of each string over its groups.
///
/// **At least**: a report has one group and one string, so the counts of different rows are those of different reports.
/// But a string that is below the threshold in a group is not listed there, and how many reports have it nobody learns.
/// With noise a sum is of the lower ends of the intervals.
package struct GroupSums: Hashable, Sendable {
    /// One a group; greatest first, among equals ascending by bytes.
    package let groups: [Row]
    /// One for each string that is listed in more than one group, in the same order.
    package let strings: [Row]

    package struct Row: Hashable, Sendable {
        /// The group, or the string.
        package let key: [UInt8]
        /// How many strings are listed in the group, or how many groups list the string.
        package fileprivate(set) var parts: Int
        /// As many reports have it at least.
        package fileprivate(set) var atLeast: UInt64
    }

    /// - Parameters:
    ///   - values: those of a task with groups; one without a group is in no sum.
    ///   - noise: that of the counts.
    package init(of values: [PopularString], noise: NoiseFacts?) {
        var (groups, strings): ([[UInt8]: Row], [[UInt8]: Row]) = ([:], [:])
        for value in values {
            guard let parts = GroupedValue(value.value) else { continue }
            let atLeast = noise.map { UInt64(clamping: $0.interval(of: value.count).low) } ?? value.shownCount
            groups[parts.group, default: Row(key: parts.group, parts: 0, atLeast: 0)].add(atLeast)
            strings[parts.string, default: Row(key: parts.string, parts: 0, atLeast: 0)].add(atLeast)
        }
        self.groups = groups.values.sorted(by: Row.precedes)
        self.strings = strings.values.filter { $0.parts > 1 }.sorted(by: Row.precedes)
    }
}

extension GroupSums.Row {
    fileprivate mutating func add(_ count: UInt64) {
        parts += 1
        let sum = atLeast.addingReportingOverflow(count)
        atLeast = sum.overflow ? .max : sum.partialValue
    }

    fileprivate static func precedes(_ one: Self, _ other: Self) -> Bool {
        one.atLeast != other.atLeast ? one.atLeast > other.atLeast : one.key.lexicographicallyPrecedes(other.key)
    }
}
