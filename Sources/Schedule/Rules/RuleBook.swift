import Results

/// A rule that a batch meets, and the strings that meet it.
package struct RuleFinding: Hashable, Sendable {
    package let rule: NoticeRule
    /// Most votes first; none where the rule is not about strings.
    package let strings: [StringChange]
}

/// The rules of a schedule, and what of a batch meets them.
///
/// Noise alone meets no rule about strings: the end of a count's interval is taken that speaks against the rule.
package struct RuleBook: Hashable, Sendable {
    /// So many earlier walks say what is usual, and so few say nothing.
    package static let usualWalks = 3...14

    /// Each once, in the order in which they were given.
    package let rules: [NoticeRule]

    package init(_ rules: [NoticeRule]) {
        var seen: Set<NoticeRule> = []
        self.rules = rules.filter { seen.insert($0).inserted }
    }

    /// What of a walk with a result meets the rules.
    ///
    /// - Parameters:
    ///   - earlier: the walk of the batch before it that has a result; where there is none no string is new.
    ///   - usual: the usual number of reports, where it is known.
    package func findings(of walk: KeptWalk, after earlier: KeptWalk?, usual: UInt64?) -> [RuleFinding] {
        // Walks that cannot be compared, of other values for instance, say nothing of each other.
        let comparison = earlier.flatMap { earlier in try? WalkComparison(from: earlier, to: walk) }
        return rules.compactMap { rule in
            switch rule {
            case .newOver(let votes):
                let strings = (comparison?.changes(.new) ?? []).filter { change in
                    change.later.map { walk.head.interval(of: $0).low > UInt128(votes) } ?? false
                }
                return strings.isEmpty ? nil : RuleFinding(rule: rule, strings: strings)
            case .roseBy(let factor):
                let strings = (comparison?.changes(.risen) ?? []).filter { change in
                    guard let comparison, let before = change.earlier, let now = change.later else { return false }
                    return Self.rose(
                        from: comparison.earlier.interval(of: before).high, to: walk.head.interval(of: now).low,
                        by: factor)
                }
                return strings.isEmpty ? nil : RuleFinding(rule: rule, strings: strings)
            case .failed: return nil
            case .uploadsBelow, .uploadsBelowUsual:
                return finding(rule, reports: walk.head.reports, usual: usual)
            }
        }
    }

    /// What of a batch with too few reports for a walk meets the rules.
    ///
    /// - Parameter least: the least number of reports of a walk: the batch has fewer, how many nobody tells.
    package func findings(ofFewerThan least: UInt64, usual: UInt64?) -> [RuleFinding] {
        rules.compactMap { finding($0, reports: least - min(least, 1), usual: usual) }
    }

    /// What of a walk without a result meets the rules.
    package var findingsOfAFailure: [RuleFinding] {
        rules.contains(.failed) ? [RuleFinding(rule: .failed, strings: [])] : []
    }

    /// The median of the reports of the latest walks; nothing where there are too few.
    ///
    /// - Parameter reports: of earlier walks, the latest last.
    package static func usual(_ reports: [UInt64]) -> UInt64? {
        let latest = reports.suffix(usualWalks.upperBound).sorted()
        return latest.count >= usualWalks.lowerBound ? latest[latest.count / 2] : nil
    }

    private func finding(_ rule: NoticeRule, reports: UInt64, usual: UInt64?) -> RuleFinding? {
        let isMet =
            switch rule {
            case .uploadsBelow(let least): reports < least
            case .uploadsBelowUsual(let percent):
                usual.map { UInt128(reports) * 100 < UInt128($0) * UInt128(percent) } ?? false
            case .newOver, .roseBy, .failed: false
            }
        return isMet ? RuleFinding(rule: rule, strings: []) : nil
    }

    private static func rose(from high: UInt128, to low: UInt128, by factor: NoticeRule.Factor) -> Bool {
        // Counts have 64 bits and a factor 30, so that neither product is too great.
        low * 1_000 >= high * UInt128(factor.thousandths)
    }
}
