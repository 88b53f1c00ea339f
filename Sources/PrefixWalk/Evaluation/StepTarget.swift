import PopulusKernels

/// Where a step leaves its nodes for the next one.
struct StepTarget: Sendable {
    let kept: KeptLevel
    /// The kept level's place among the plan's levels; nil at the root.
    let index: Int?
    /// A row a report; nil at the root, which takes none.
    let rows: StateRows?

    /// The chosen level, or the one with fewer nodes where other walks have taken the room; nil where there is none for
    /// either.
    init?(_ plan: EvaluationPlan, live: ReportBitmap, walkReports: UInt64, account: WalkAccount) {
        let limit = account.budget.limitBytes
        guard let chosen = KeptLevel.chosen(of: plan.choices, walkReports: walkReports, limitBytes: limit) else {
            return nil
        }
        var choices = [chosen]
        if let least = plan.choices.last, least != chosen { choices.append(least) }
        for kept in choices {
            guard kept.level >= 0 else {
                (self.kept, index, rows) = (kept, nil, nil)
                return
            }
            guard let rows = StateRows(count: live.population, stride: kept.stride, account: account) else { continue }
            (self.kept, index, self.rows) = (kept, kept.level - plan.baseLevel - 1, rows)
            return
        }
        return nil
    }

    /// The state, when all of it was stored; nodes without sponges are of no use.
    func state(live: ReportBitmap, sponges: SpongeState?) -> NodeState? {
        guard let sponges, sponges.rows.isWhole, rows?.isWhole ?? true else { return nil }
        return NodeState(kept: kept, live: live, nodes: rows, sponges: sponges)
    }
}
