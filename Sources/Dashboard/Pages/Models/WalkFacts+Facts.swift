extension WalkFacts {
    /// What stands above a walk's strings; which reports they are of is in the page's title.
    func tiles(strings: Int) -> [Fact] {
        var facts: [Fact] = []
        if !ending.isFailure { facts.append(Fact("Strings", Words.number(strings))) }
        facts += [Fact("Reports", Words.number(reports)), Fact("Threshold", limit)]
        if let leastCount, let votes, leastCount != votes {
            facts.append(Fact("Listed from", Words.counted(leastCount, "vote")))
        }
        if let halfWidth { facts.append(Fact("Noise, in 95 of 100 cases", "± \(Words.number(halfWidth))")) }
        if let other { facts.append(Fact("Not encodable", Words.number(other))) }
        facts.append(Fact("Ended", moment: ended))
        if lateRejections > 0 { facts.append(Fact("Invalid after the first step", Words.number(lateRejections))) }
        return facts
    }
}

extension WalkFacts.Ending {
    var isFailure: Bool {
        if case .failed = self { true } else { false }
    }
}
