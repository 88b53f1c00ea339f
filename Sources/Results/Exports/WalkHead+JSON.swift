import Foundation
import PopulusCollector
import ResultText

extension WalkHead {
    /// What every export says of the walk, in one order.
    var members: ResultsJSON.Members {
        [("walk", JSONText.string(walk.base64URL)), ("version", JSONText.string(version))] + ResultsJSON.task(task)
            + [
                ("asked", ResultsJSON.span(asked)), ("interval", ResultsJSON.span(interval)),
                ("began", ResultsJSON.optional(began)), ("ended", "\(ended)"),
                ("threshold", JSONText.string(threshold)), ("votes", ResultsJSON.optional(votes)),
                ("margin", "\(margin)"),
            ] + (noise?.members ?? []) + [
                ("reports_at_start", "\(reportsAtStart)"), ("report_count", "\(reports)"),
                ("rejections", ResultsJSON.rejections(rejections)),
            ] + endingMembers + [("missing", JSONText.object(missing)), ("steps", JSONText.array(steps.map(\.json)))]
            + [
                ("strings", "\(stringCount)"),
                ("other", other.map { JSONText.object(ResultsJSON.count($0, in: self)) } ?? "null"),
            ]
    }

    /// What the result does not have.
    ///
    /// - `below`: strings with a lower count are not listed; null in a walk without a result.
    /// - `late`: reports that turned out to be invalid after the first step.
    /// - `rejected`: reports that the aggregators rejected, those of `late` too; null where nobody told.
    /// - `cut_off`: popular beginnings whose strings are not listed.
    /// - `half_width`: how far noise may have taken a count, in 95 of 100 cases; 0 without noise.
    /// - `result`: true where there is none at all.
    var missing: ResultsJSON.Members {
        [
            ("below", ending.isFailure ? "null" : ResultsJSON.optional(leastCount)), ("late", "\(lateRejections)"),
            ("rejected", ResultsJSON.sum(rejections)), ("cut_off", "\(ending.unfinished)"),
            ("half_width", "\(noise?.halfWidth ?? 0)"), ("result", "\(ending.isFailure)"),
        ]
    }

    private var endingMembers: ResultsJSON.Members {
        let ending: ResultsJSON.Members = [("ending", JSONText.string(self.ending.name))]
        switch self.ending {
        case .complete: return ending
        case .cutOff(let unfinished, let beginnings):
            let values = beginnings.map { JSONText.object(ResultsJSON.value($0)) }
            return ending + [("unfinished", "\(unfinished)"), ("beginnings", JSONText.array(values))]
        case .failed(let failure):
            let members: ResultsJSON.Members = [
                ("kind", JSONText.string(failure.kind.rawValue)), ("party", ResultsJSON.optional(failure.party?.name)),
                ("problem", ResultsJSON.optional(failure.problem)),
            ]
            return ending + [("failure", JSONText.object(members))]
        }
    }

    /// What a comparison says of each of its walks.
    var shortMembers: ResultsJSON.Members {
        [
            ("walk", JSONText.string(walk.base64URL)), ("task", JSONText.string(task.id.base64URL)),
            ("asked", ResultsJSON.span(asked)), ("interval", ResultsJSON.span(interval)), ("ended", "\(ended)"),
            ("threshold", JSONText.string(threshold)), ("votes", ResultsJSON.optional(votes)),
            ("margin", "\(margin)"),
        ] + (noise?.members ?? []) + [("report_count", "\(reports)"), ("missing", JSONText.object(missing))]
    }
}

extension KeptStep {
    var json: String {
        JSONText.object([
            ("level", "\(level)"), ("bits", "\(bits)"), ("candidates", "\(candidates)"),
            ("survivors", ResultsJSON.optional(survivors)),
            ("report_count", "\(reports)"), ("late", "\(lateRejections)"),
            ("seconds", String(format: "%.3f", seconds)),
        ])
    }
}
