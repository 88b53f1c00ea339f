import Foundation
import PopulusDAP
import PopulusStringCodec
import PopulusVDAF

/// A walk from the Collector's side: asks, prunes and extends until only whole strings are left.
///
/// Spec: <doc:WalkExtension>
package struct Discovery: Sendable {
    private let task: DiscoveryTask
    private let jobs: any CollectionJobs
    private let file: DiscoveryStateFile
    /// The version of the program, for the record.
    private let version: String
    private let report: @Sendable (WalkEvent) -> Void
    /// Seconds since the Epoch.
    private let now: @Sendable () -> Double

    package init(
        task: DiscoveryTask, jobs: any CollectionJobs, statePath: String, version: String = "",
        now: @escaping @Sendable () -> Double = { Date().timeIntervalSince1970 },
        report: @escaping @Sendable (WalkEvent) -> Void
    ) {
        self.version = version
        self.task = task
        self.jobs = jobs
        file = DiscoveryStateFile(statePath)
        self.now = now
        self.report = report
    }

    /// A walk that has not begun.
    package func newState(_ options: DiscoveryOptions) -> DiscoveryState {
        DiscoveryState(task: task.id, options: options, began: now())
    }

    /// Walks from `state` to the end.
    ///
    /// The state file stays, with the result in it, until the caller removes it.
    package func run(from start: DiscoveryState) async throws(CollectorError) -> WalkRecord {
        var state = start
        var again = state.asked != nil
        // It may have taken another threshold.
        if again { try file.save(state) }
        while state.result == nil {
            if state.asked == nil { try await plan(&state) }
            guard let asked = state.asked else { continue }
            let step = state.steps.count
            report(.asking(step: step, level: asked.level, candidates: asked.candidates, again: again))
            again = false
            do throws(CollectorError) { try await exchange(asked, &state) } catch {
                await noteRejections(after: error, &state)
                throw error
            }
        }
        let result = try finish(state)
        var rejections: [RejectedReports]?
        if let job = state.lastJob { rejections = await jobs.rejections(of: job) }
        return WalkRecord(
            result, of: state, task: task, version: version, ended: UInt64(max(0, now())), rejections: rejections)
    }

    private func exchange(_ asked: AskedStep, _ state: inout DiscoveryState) async throws(CollectorError) {
        let began = now()
        let job = try await jobs.create([UInt8](asked.request))
        state.lastJob = job.id
        // Only `abandon` needs the job, and of a later step it asks again. The first step's it must know: a question that did
        // not arrive would begin a walk.
        if state.steps.isEmpty { try file.save(state) }
        let body: [UInt8] = if let result = job.result { result } else { try await jobs.result(of: job.id) }
        let answer = try StepAnswer(body: body, request: [UInt8](asked.request), task: task)
        try take(answer, seconds: now() - began, into: &state)
    }

    /// A walk that the Leader has ended has no result: what it says of rejected reports is the more worth to be kept.
    private func noteRejections(after error: CollectorError, _ state: inout DiscoveryState) async {
        guard case .refused(let problem, let status) = error, RefusedStep(problem, status: status).isFinal,
            !state.steps.isEmpty, let job = state.lastJob, let rejections = await jobs.rejections(of: job)
        else { return }
        state.rejections = rejections
        // Where it cannot be written the failure is kept without them.
        try? file.save(state)
    }

    /// Ends a walk without a result: the aggregators erase what they keep of it.
    package func abandon(_ state: DiscoveryState) async throws(CollectorError) {
        var last = state.lastJob
        // Only the latest step's job ends a walk, and the step that was asked may have one that was not saved.
        if let asked = state.asked, !state.steps.isEmpty {
            do throws(CollectorError) { last = try await jobs.create([UInt8](asked.request)).id } catch {
                // The Leader never took the question, and never will: the step before is the latest one.
                guard case .refused(let problem, let status) = error, problem.type != .walkEnded,
                    RefusedStep(problem, status: status).isFinal
                else { throw error }
            }
        }
        if let last { try await jobs.delete(last) }
    }

    private func finish(_ state: DiscoveryState) throws(CollectorError) -> DiscoveryResult {
        guard let strings = state.result, let last = state.steps.last, let first = state.steps.first,
            let votes = state.votes
        else { throw .inconsistent("the state file holds a result and no steps") }
        return DiscoveryResult(
            strings: strings, other: state.other, reports: last.reports, acceptedAtStart: first.reports,
            votes: votes, unfinished: state.unfinished, beginnings: state.beginnings ?? [], steps: state.steps.count,
            seconds: state.steps.reduce(0) { $0 + $1.seconds })
    }
}

// MARK: - Planning

extension Discovery {
    private func planner(for state: DiscoveryState) -> WalkPlanner {
        WalkPlanner(
            bits: task.bits, encoding: task.encoding, bounds: task.bounds,
            bitsPerStep: BitsPerStep(state.options.bitsPerStep) ?? .auto)
    }

    /// Chooses the next step and makes it durable, or ends the walk.
    private func plan(_ state: inout DiscoveryState) async throws(CollectorError) {
        let planner = planner(for: state)
        let decision: WalkPlanner.Decision
        if let last = state.steps.last {
            try applyThreshold(&state)
            guard last.level < planner.leaf else { return try publish(&state) }
            state.survivors = planner.permitted(state.survivors, ofReports: last.reports)
            decision = question(state.survivors, after: last, planner, state)
        } else {
            try checkThreshold(state)
            decision = planner.firstQuestion()
        }
        switch decision {
        case .ask(let question):
            try ask(question, planner, &state)
        case .askLeaf(let question, let unfinished):
            state.unfinished = unfinished
            state.beginnings = planner.beginnings(of: state.survivors.map(\.prefix))
            try ask(question, planner, &state)
        case .nothingLeft where !state.steps.isEmpty:
            state.result = []
            state.survivors = []
            try file.save(state)
            // Nothing is left to ask; the aggregators erase the walk in time in any case.
            if let job = state.lastJob { try? await jobs.delete(job) }
        case .nothingLeft:
            throw .outOfBounds(candidates: 0, maximum: task.bounds.firstStepMaxCandidates, threshold: nil)
        case .outOfBounds(let candidates):
            throw try outOfBounds(candidates, planner, state)
        }
    }

    private func question(
        _ survivors: [Survivor], after last: StepSummary, _ planner: WalkPlanner, _ state: DiscoveryState
    ) -> WalkPlanner.Decision {
        planner.question(
            after: survivors.map(\.prefix), at: last.level, step: state.steps.count, mustEnd: isOld(state),
            pace: state.pace)
    }

    /// A step that the task's bounds do not permit: the walk stays where it is, and may go on with a higher threshold.
    private func outOfBounds(
        _ candidates: Int?, _ planner: WalkPlanner, _ state: DiscoveryState
    ) throws(CollectorError) -> CollectorError {
        guard let last = state.steps.last else {
            return .outOfBounds(candidates: candidates, maximum: task.bounds.maxCandidates, threshold: nil)
        }
        try file.save(state)
        let threshold = planner.leastThreshold(among: state.survivors, ofReports: last.reports) { survivors in
            question(survivors, after: last, planner, state)
        }
        return .outOfBounds(candidates: candidates, maximum: task.bounds.maxCandidates, threshold: threshold)
    }

    /// Refuses a number of votes that is too low before anything is asked; what a share comes to is not known yet.
    private func checkThreshold(_ state: DiscoveryState) throws(CollectorError) {
        guard case .count(let votes)? = Threshold(state.options.threshold), votes < task.leastThreshold else { return }
        throw .thresholdTooLow(votes: votes, minimum: task.leastThreshold, reports: nil)
    }

    /// Prunes the first step's answer, once the number of accepted reports has made the threshold a number of votes.
    private func applyThreshold(_ state: inout DiscoveryState) throws(CollectorError) {
        guard state.votes == nil, let first = state.steps.first, let threshold = Threshold(state.options.threshold)
        else { return }
        let votes = threshold.votes(among: first.reports)
        guard votes >= task.leastThreshold else {
            try file.save(state)
            throw .thresholdTooLow(votes: votes, minimum: task.leastThreshold, reports: first.reports)
        }
        state.votes = votes
        let least = task.leastCount(threshold: votes)
        state.survivors.removeAll { $0.votes < least }
        state.steps[0].survivors = state.survivors.count
    }

    /// Turns the leaf's counts into the result.
    private func publish(_ state: inout DiscoveryState) throws(CollectorError) {
        var strings: [PopularString] = []
        for survivor in state.survivors {
            switch task.encoding.read(survivor.prefix, bits: task.bits) {
            case .complete(let value, _): strings.append(PopularString(value: value, count: survivor.votes))
            case .other: state.other = survivor.votes
            case .open, .impossible: break
            }
        }
        state.result = strings.sorted(by: PopularString.precedes)
        state.survivors = []
        try file.save(state)
    }

    /// Whether the task permits the leaf only from now on.
    ///
    /// What the next step may take is left as a margin.
    private func isOld(_ state: DiscoveryState) -> Bool {
        let life = Double(task.walk.maxLife.seconds(precision: task.configuration.timePrecision))
        let margin = min(life / 10, 2 + (state.steps.last?.seconds ?? 0))
        return now() - state.began >= life - margin
    }

    private func ask(
        _ question: WalkQuestion, _ planner: WalkPlanner, _ state: inout DiscoveryState
    ) throws(CollectorError) {
        let complete = state.survivors.count { planner.isComplete($0.prefix) }
        let length = question.level - (state.steps.last?.level ?? -1)
        let work = WalkWork.ofStep(open: state.survivors.count - complete, complete: complete, bits: length)
        state.asked = AskedStep(
            level: question.level, candidates: question.candidates.count,
            request: Data(try request(for: question, state)), work: work)
        try file.save(state)
    }

    private func request(for question: WalkQuestion, _ state: DiscoveryState) throws(CollectorError) -> [UInt8] {
        guard let query = state.options.query(for: task.configuration),
            let step = UInt16(exactly: state.steps.count)
        else { throw .inconsistent("the options do not fit the task's batch mode") }
        do throws(VDAFError) {
            let parameter = try Poplar1AggregationParameter(level: question.level, prefixes: question.candidates)
            let walk = WalkJobExtension(walkID: state.walk, step: step)
            return CollectionJobReq(
                query: query, aggregationParameter: parameter.encode(),
                extensions: [CollectionJobExtension(type: task.codePoints.collectionJob, data: walk.encoded())]
            ).encoded()
        } catch {
            throw .inconsistent("the planned step cannot be written")
        }
    }
}

// MARK: - Answers

extension Discovery {
    /// Checks an answer against the earlier ones and moves on.
    private func take(
        _ answer: StepAnswer, seconds: Double, into state: inout DiscoveryState
    ) throws(CollectorError) {
        try check(answer, against: state)
        let planner = planner(for: state)
        // Before the threshold is a number, whatever has a vote is kept: no threshold keeps less.
        let least = state.votes.map(task.leastCount) ?? 1
        state.survivors = planner.survivors(of: answer.question, votes: answer.votes, atLeast: least)
        let summary = StepSummary(
            level: answer.question.level, candidates: answer.votes.count, survivors: state.survivors.count,
            reports: answer.reports, lateRejections: answer.lateRejections, seconds: seconds)
        if !state.steps.isEmpty, answer.question.level != planner.leaf, let work = state.asked?.work {
            let bits = answer.question.level - (state.steps.last?.level ?? -1)
            state.pace.record(bits: bits, work: work, seconds: seconds)
        }
        state.steps.append(summary)
        state.batchSelector = answer.batchSelector.encoded()
        state.interval = ResultFacts.Span(answer.interval, precision: task.configuration.timePrecision)
        state.asked = nil
        let levels = Double(planner.leaf - answer.question.level)
        let pace = summary.seconds / Double(summary.level - (state.steps.dropLast().last?.level ?? -1))
        report(
            .answered(
                WalkProgressReport(
                    step: state.steps.count - 1, summary: summary, secondsLeft: levels * pace,
                    lateRejectionLimit: task.walk.lateRejectionLimit(
                        initialCount: state.steps.first?.reports ?? summary.reports))))
    }

    private func check(_ answer: StepAnswer, against state: DiscoveryState) throws(CollectorError) {
        guard answer.reports >= task.configuration.minBatchSize else {
            throw .inconsistent("the answer counts \(answer.reports) reports, fewer than the task's smallest batch")
        }
        guard let last = state.steps.last, let first = state.steps.first else {
            guard answer.lateRejections == 0 else { throw .inconsistent("the first step has late rejections") }
            return
        }
        guard answer.batchSelector.encoded() == state.batchSelector else {
            throw .inconsistent("the step counts another batch than the step before")
        }
        guard answer.reports <= last.reports, answer.lateRejections >= last.lateRejections else {
            throw .inconsistent("the number of reports rose from \(last.reports) to \(answer.reports)")
        }
        guard first.reports >= answer.lateRejections, answer.reports == first.reports - answer.lateRejections else {
            throw .inconsistent(
                "\(answer.reports) reports and \(answer.lateRejections) late rejections are not the "
                    + "\(first.reports) of the first step")
        }
        guard task.walk.noise == .none else { return }
        try checkDescendants(answer, of: state.survivors)
    }

    /// A prefix has at least the votes of all its extensions.
    private func checkDescendants(_ answer: StepAnswer, of survivors: [Survivor]) throws(CollectorError) {
        // Both are in ascending order.
        var index = 0
        for survivor in survivors {
            var sum: Int64 = 0
            while index < answer.votes.count, survivor.prefix.isPrefix(of: answer.question.candidates[index]) {
                sum += answer.votes[index]
                index += 1
            }
            guard sum <= survivor.votes else {
                throw .inconsistent("the extensions of a prefix have \(sum) votes, the prefix had \(survivor.votes)")
            }
        }
        guard index == answer.votes.count else {
            throw .inconsistent("a candidate is no extension of a prefix that survived")
        }
    }
}
