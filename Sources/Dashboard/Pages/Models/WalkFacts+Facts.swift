extension WalkFacts {
    var facts: [Fact] {
        var facts: [Fact] = []
        if let interval { facts.append(Fact("Reports of", Words.span(interval))) }
        facts.append(Fact("Threshold", limit))
        if let leastCount, let votes, leastCount != votes {
            facts.append(Fact("Listed from", Words.counted(leastCount, "vote")))
        }
        facts.append(Fact("Reports", Words.number(reports)))
        if lateRejections > 0 { facts.append(Fact("Invalid after the first step", Words.number(lateRejections))) }
        if let halfWidth {
            facts.append(Fact("Noise", Words.noise(halfWidth)))
        }
        if let other { facts.append(Fact("Other strings, which the task cannot encode", Words.number(other))) }
        facts.append(Fact("Ended", moment: ended))
        return facts
    }
}
