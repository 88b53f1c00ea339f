import PopulusCollector
import PopulusDAP

/// What recording came to.
package enum Recording: Hashable, Sendable {
    case new
    /// The very same was kept already: a Collector that was killed after writing and before saying so writes it again.
    case same
    /// The walk had failed when it was last recorded, and went on since.
    case wentOn
}

extension ResultsStore {
    /// Keeps a walk; all of it or nothing.
    ///
    /// - Throws: `differs` where the walk is kept with another result: that one stays.
    @discardableResult
    package func record(_ walk: KeptWalk) throws(ResultsError) -> Recording {
        try write { tables in
            let task = try tables.task(walk.head.task)
            guard let row = try tables.row(ofWalk: walk.head.walk, task: task) else {
                try tables.insert(walk, task: task)
                return .new
            }
            let kept = try tables.walk(row)
            guard !walk.hasContent(of: kept) else { return .same }
            guard kept.head.ending.isFailure, walk.head.goesOn(from: kept.head) else {
                throw ResultsError.differs("walk \(walk.head.walk)")
            }
            try tables.delete(.walk, [row])
            try tables.insert(walk, task: task)
            return .wentOn
        }
    }

    /// Keeps a collection; all of it or nothing.
    ///
    /// - Throws: `differs` where it is kept with another result: that one stays.
    @discardableResult
    package func record(_ collection: KeptCollection) throws(ResultsError) -> Recording {
        try write { tables in
            let task = try tables.task(collection.task)
            guard let row = try tables.row(ofCollection: collection.key, task: task) else {
                try tables.insert(collection, task: task)
                return .new
            }
            guard collection.hasContent(of: try tables.collection(row)) else {
                throw ResultsError.differs("collection \(collection.key)")
            }
            return .same
        }
    }

    /// Keeps a finished walk: all that `discover` has to call.
    @discardableResult
    package func record(_ record: WalkRecord, of task: KeptTask) throws(ResultsError) -> Recording {
        try self.record(try KeptWalk(record, of: task))
    }

    /// Keeps a collected batch: all that `collect` has to call.
    @discardableResult
    package func record(_ record: BatchRecord, of task: KeptTask) throws(ResultsError) -> Recording {
        try self.record(try KeptCollection(record, of: task))
    }
}

extension WalkHead {
    /// Whether this can be a failed walk's next chapter: the same question, and the steps that were answered stay.
    fileprivate func goesOn(from failed: WalkHead) -> Bool {
        guard began == failed.began, asked == failed.asked else { return false }
        // A result that was kept beside its task has no steps.
        if steps.isEmpty { return true }
        guard steps.count >= failed.steps.count else { return false }
        // A share becomes a number with the first step, which is pruned then.
        return zip(steps, failed.steps).allSatisfy { $0.level == $1.level && $0.reports == $1.reports }
    }
}
