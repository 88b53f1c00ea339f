import PopulusCollector
import PopulusDAP

/// A walk as it is kept: what it was, and the strings that were popular.
///
/// **No count below the threshold can be in it.** Every way to make one goes through one initialiser, which refuses
/// them; the tables refuse them too (``ResultsSchema``). With noise a listed string may have the margin less than the
/// threshold, as in every result.
package struct KeptWalk: Hashable, Sendable {
    package let head: WalkHead
    /// Most votes first; among equals, ascending by bytes.
    package let strings: [PopularString]

    /// A finished walk.
    ///
    /// - Throws: `belowThreshold`, `inconsistent`.
    package init(_ record: WalkRecord, of task: KeptTask) throws(ResultsError) {
        guard record.facts.task == task.id else { throw .inconsistent("it is a walk of another task") }
        let result = record.result
        try self.init(
            WalkHead(
                task: task, walk: record.walk, version: record.facts.version, threshold: record.threshold,
                votes: result.votes, margin: record.margin, noise: record.noise, asked: record.facts.asked,
                interval: record.facts.interval, began: record.facts.began, ended: record.facts.ended,
                steps: KeptStep.steps(record.steps), reportsAtStart: result.acceptedAtStart, reports: result.reports,
                rejections: try KeptRejection.sorted(record.facts.rejections?.map { KeptRejection($0) }),
                ending: result.unfinished > 0
                    ? .cutOff(unfinished: result.unfinished, beginnings: result.beginnings) : .complete,
                other: result.other, stringCount: result.strings.count),
            strings: result.strings.sorted(by: PopularString.precedes))
    }

    /// A walk without a result.
    ///
    /// Nothing of the prefixes that the state holds is kept: they are no strings, and their counts are no result.
    ///
    /// - Parameters:
    ///   - state: the walk's, as far as it came.
    ///   - walk: the bounds of the task's walks, with their noise.
    ///   - ended: seconds since the Epoch.
    package init(
        _ failure: WalkFailure, of state: DiscoveryState, task: DiscoveryTask, kept: KeptTask, version: String,
        ended: UInt64
    ) throws(ResultsError) {
        guard state.task == kept.id else { throw .inconsistent("it is a walk of another task") }
        let configuration = task.configuration
        try self.init(
            WalkHead(
                task: kept, walk: state.walk, version: version, threshold: state.options.threshold, votes: state.votes,
                margin: task.walk.thresholdMargin, noise: NoiseFacts(task.walk),
                asked: state.options.query(for: configuration).flatMap {
                    ResultFacts.Span($0, precision: configuration.timePrecision)
                },
                interval: state.interval, began: UInt64(exactly: state.began.rounded(.down)), ended: ended,
                steps: KeptStep.steps(state.steps, arePruned: state.votes != nil),
                reportsAtStart: state.steps.first?.reports ?? 0,
                reports: state.steps.last?.reports ?? 0,
                rejections: try KeptRejection.sorted(state.rejections?.map { KeptRejection($0) }),
                ending: .failed(failure), other: nil, stringCount: 0),
            strings: [])
    }

    /// The one way to make a record, also from a file.
    init(_ head: WalkHead, strings: [PopularString]) throws(ResultsError) {
        guard head.stringCount == strings.count else { throw .inconsistent("strings are missing") }
        guard head.reports <= head.reportsAtStart else { throw .inconsistent("reports came after the first step") }
        for (one, next) in zip(strings, strings.dropFirst()) where !PopularString.precedes(one, next) {
            throw .inconsistent("its strings are in no order, or one is there twice")
        }
        guard Set(strings.map(\.value)).count == strings.count else { throw .inconsistent("a string is there twice") }
        let counts = strings.map(\.count) + (head.other.map { [$0] } ?? [])
        guard !counts.isEmpty || !head.ending.isFailure else {
            (self.head, self.strings) = (head, strings)
            return
        }
        guard !head.ending.isFailure else { throw .inconsistent("a walk without a result has strings") }
        guard let least = head.leastCount else { throw .inconsistent("a result has no threshold") }
        guard counts.allSatisfy({ $0 >= least }) else { throw .belowThreshold }
        if head.noise == nil {
            let sum = counts.reduce(0 as Int128) { $0 + Int128($1) }
            guard sum <= Int128(head.reports) else { throw .inconsistent("more votes than reports") }
        }
        (self.head, self.strings) = (head, strings)
    }

    /// The count of a string; nothing where it is not listed.
    package func count(of value: [UInt8]) -> Int64? { strings.first { $0.value == value }?.count }

    func hasContent(of other: KeptWalk) -> Bool {
        head.hasContent(of: other.head) && strings == other.strings
    }
}
