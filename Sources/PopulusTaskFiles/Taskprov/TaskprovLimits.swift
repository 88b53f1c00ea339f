import PopulusDAP

/// What an aggregator takes part in when a request brings a task: its operator's minimums and maximums.
///
/// Whoever makes such tasks is taken for an adversary. So what is not permitted here is refused, and there is nothing here that
/// lets a task in which the other checks of this program would refuse.
///
/// Spec: draft-ietf-ppm-dap-taskprov (July 2026) §3.5, §4
package struct TaskprovLimits: Sendable, Equatable {
    /// The most tasks of a peer at once, those that have ended left out.
    package var maxTasks = 16
    /// The most tasks of a peer that are begun within 24 hours, those that have ended among them.
    package var maxTasksPerDay = 4
    /// How far ahead the end of a task may be, in seconds.
    package var maxLifetime: UInt64 = 366 * 86_400
    /// The greatest unit of reports' times, in seconds.
    package var maxTimePrecision: UInt64 = 86_400
    /// The least `min_batch_size` of a task.
    package var minBatchSize: UInt64 = 100
    /// The VDAFs other than Poplar1 that a task may have, by the names of `Scheme`.
    package var vdafs: Set<String> = []
    /// The most numbers that a measurement may have.
    package var maxLength: UInt64 = 1024
    /// The most field elements that a measurement may have once it is encoded, each number bit by bit: the work for a report.
    package var maxElements: UInt64 = 16_384
    /// The greatest epsilon of what a task promises for each report; nothing where tasks without noise are taken too.
    package var maxEpsilon: Double?
    /// The greatest delta beside it.
    package var maxDelta = 1e-6
    /// What walks may do; nothing where no task with walks is taken.
    package var walks: WalkLimits?

    /// The bounds of a task's walks.
    ///
    /// Poplar1 without walks is never taken: nothing bounds what its Collector asks for (rule 4 of the walk).
    package struct WalkLimits: Sendable, Equatable {
        /// The least that `min_threshold` may be, less `threshold_margin`: what rule 4 divides by.
        package var minThreshold: UInt64 = 100
        package var maxBits: UInt64 = 512
        package var maxSteps: UInt64 = 512
        package var maxCandidates: UInt64 = 65_536
        package var maxBitsPerStep: UInt64 = 4
        package var maxLateRejectionsPPM: UInt64 = 10_000
        /// The longest time in which a walk may begin inner steps, in seconds.
        package var maxLife: UInt64 = 7 * 86_400

        package init() {}
    }

    package init() {}
}

/// Why an aggregator takes no part in a task, or a file says so of none.
package enum TaskprovRefusal: Error, Equatable, Sendable {
    /// Something of the task is unknown to this program.
    case notImplemented
    /// The task is another aggregator's, or its other aggregator is none of those that were agreed with.
    case stranger
    case endless
    case ended
    case tooLong(most: UInt64)
    case coarseTime(most: UInt64)
    case smallBatches(least: UInt64)
    case vdaf(String)
    case tooLarge(most: UInt64)
    /// By its encoding.
    case tooManyElements(most: UInt64)
    /// Its proofs would have more elements than its measurements.
    case longChunks(most: UInt64)
    case plainPoplar1
    case noWalks
    case walk(String)
    /// It has less noise than is due here.
    case noise
    /// As many tasks as there may be.
    case tooMany
    case other(String)
}

extension TaskprovRefusal: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notImplemented: "its batch mode, its VDAF or one of its extensions is not known here"
        case .stranger: "its aggregators are not this one and one that this one works with"
        case .endless: "it does not say when it ends (task_interval)"
        case .ended: "it has ended"
        case .tooLong(let most): "its end is more than \(most) seconds ahead"
        case .coarseTime(let most): "its time_precision is above \(most) seconds"
        case .smallBatches(let least): "its min_batch_size is below \(least)"
        case .vdaf(let name): "its VDAF, \(name), is not taken here"
        case .tooLarge(let most): "its measurements have more than \(most) numbers"
        case .tooManyElements(let most): "its measurements have more than \(most) field elements"
        case .longChunks(let most): "its chunk_length is above \(most), which is all that a measurement has"
        case .plainPoplar1: "it has Poplar1 without walks, for which nothing bounds what its Collector asks for"
        case .noWalks: "it has walks, which are not taken here"
        case .walk(let what): "its walks are beyond what is taken here: \(what)"
        case .noise: "its noise is less than what is due here"
        case .tooMany: "there are as many tasks as are taken here"
        case .other(let reason): reason
        }
    }
}
