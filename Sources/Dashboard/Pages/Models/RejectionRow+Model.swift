extension RejectionRow {
    /// What the template `rejections` has.
    static func model(_ rejections: [RejectionRow]?) -> Model {
        let rows = (rejections ?? []).map { row in
            [
                "party": row.party, "reason": row.reason, "meaning": row.meaning, "number": Words.number(row.count),
            ] as Model
        }
        return ["hasRejections": !rows.isEmpty, "rejections": rows]
    }

    /// How many there are in all: a fact of its own, since none is not the same as not told.
    static func fact(_ rejections: [RejectionRow]?) -> Fact {
        let sum = rejections.map { $0.reduce(0 as UInt128) { $0 + UInt128($1.count) } }
        return Fact("Rejected reports", sum.map { Words.number($0) } ?? "not told by the Leader")
    }
}
