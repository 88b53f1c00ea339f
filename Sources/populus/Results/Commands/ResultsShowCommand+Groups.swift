import PopulusCollector
import PopulusStringCodec
import ResultText
import Results

// What is shown of a task with groups.
extension ResultsShowCommand {
    /// The strings that are shown, most votes first.
    func ofGroup(_ walk: KeptWalk) throws(CommandFailure) -> Shown {
        guard let group else { return Shown(walk: walk, strings: walk.strings) }
        try check(walk.head.task, "--group")
        let wanted = try bytes(group, "--group")
        return Shown(
            walk: walk, strings: walk.strings.filter { walk.head.task.parts(of: $0.value)?.group == wanted })
    }

    func groupSums(_ shown: Shown) throws(CommandFailure) -> [String] {
        guard let sums = shown.walk.groupSums else {
            try check(shown.walk.head.task, "--by \(by?.rawValue ?? "")")
            return []
        }
        let all = by == .group ? sums.groups : sums.strings
        let rows = all.prefix(top).map { (["\($0.atLeast)", "\($0.parts)"], [ResultsText.value($0.key)]) }
        let heading = by == .group ? ["at least", "strings", "group"] : ["at least", "groups", "value"]
        var lines = ResultsText.table(heading, rows)
        if all.count > rows.count { lines.append("and \(all.count - rows.count) more") }
        if by == .string { lines.append("strings that one group alone lists are not here") }
        return lines + ["what is below the threshold in a group is in no sum: there may be more"]
    }

    /// A walk, and those of its strings that are asked for.
    struct Shown {
        let walk: KeptWalk
        let strings: [PopularString]

        var head: WalkHead { walk.head }
    }

    /// What every walk says of a string over the groups that list it.
    func show(
        overGroups string: [UInt8], _ task: KeptTask, _ reading: ResultsReading
    ) throws(CommandFailure) {
        // A group of one byte leaves a string the most room.
        let (listed, _) = try Self.listed(GroupedValue(group: [UInt8(ascii: "*")], string: string).bytes, task)
        let wanted = task.parts(of: listed)?.string ?? string
        let lines = try reading.walks(of: task).map { walk in
            let values = walk.strings.filter { task.parts(of: $0.value)?.string == wanted }
            return "  \(ResultsText.time(walk.head))  " + Self.words(values, walk)
        }
        try ResultsText.deliver(
            [ResultsText.value(string) + (wanted == string ? "" : ", whose hash is \(ResultsText.value(wanted))")]
                + lines
                + ["what is below the threshold in a group is in no sum; --group has the history of one group"])
    }

    private static func words(_ listed: [PopularString], _ walk: KeptWalk) -> String {
        guard !walk.head.ending.isFailure else { return "the walk has no result" }
        guard !listed.isEmpty else { return "listed in no group" }
        let sum = GroupSums(of: listed, noise: walk.head.noise).groups
        let groups = sum.map { "\(ResultsText.value($0.key)) \($0.atLeast)" }
        let total = sum.reduce(0 as UInt128) { $0 + UInt128($1.atLeast) }
        return "at least \(total) in \(counted(sum.count, "group")): " + groups.joined(separator: ", ")
    }
}
