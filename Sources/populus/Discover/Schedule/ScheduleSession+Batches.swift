import Collector
import DAP
import Foundation
import Results
import Schedule

/// What came of the batches that were due.
struct DueBatches {
    var total = 0
    var tooFew: [CommandFailure] = []
    var spent: [CommandFailure] = []
    /// Why the others were not asked.
    var later: CommandFailure?
}

extension ScheduleSession {
    /// Walks what is due, oldest first; first of all the walk that is under way.
    func walkDue(_ state: inout ScheduleState) async throws -> DueBatches {
        var outcome = DueBatches()
        let underWay = try batchUnderWay()
        if let batch = underWay {
            outcome.total += 1
            guard try await take(batch, resuming: true, &state, &outcome) else { return outcome }
        }
        let due = schedule.due(now: now, first: state.first)
        if let least = due.first?.start {
            let left = state.forget(before: least)
            if left > 0 {
                display.error(
                    "\(counted(left, "interval")) before \(Moment.text(least)) will not be made up for (--make-up)")
            }
        }
        let kept = try keptBatches()
        for batch in due where batch != underWay && !state.isSettled(batch) {
            if kept.contains(batch) {
                state.noteWalked(batch)
                try save(state)
                continue
            }
            outcome.total += 1
            guard try await take(batch, resuming: false, &state, &outcome) else { break }
        }
        return outcome
    }

    /// The batch of the walk whose state is kept; nothing where none is under way.
    private func batchUnderWay() throws(CommandFailure) -> ResultFacts.Span? {
        switch DiscoveryState.load(statePath) {
        case .none: return nil
        case .damaged:
            throw CommandFailure(
                .data, "\(statePath): not a state file of this version; give another with --state, or remove it")
        case .state(let state):
            if state.task == taskFile.taskID, state.options.cutAt == nil, let since = state.options.since,
                let until = state.options.until
            {
                let batch = ResultFacts.Span(start: since, end: until)
                if schedule.has(batch) { return batch }
            }
            throw CommandFailure(
                .failed,
                "a walk is under way that is none of this schedule's (\(statePath)): go on with it with --resume, end it with "
                    + "--abandon, or give the schedule another --state")
        }
    }

    /// The batches that the file of results has: with a result, or as a walk that came to none and is over.
    ///
    /// A walk that only stands still has its state, and was gone on with before.
    private func keptBatches() throws(CommandFailure) -> Set<ResultFacts.Span> {
        do throws(ResultsError) {
            return Set(try recorder.store.heads(of: taskFile.taskID).compactMap(\.asked))
        } catch {
            throw CommandFailure(error, recorder.path)
        }
    }

    /// Walks one batch, and writes down what came of it.
    ///
    /// - Returns: whether the next one can be asked now.
    private func take(
        _ batch: ResultFacts.Span, resuming: Bool, _ state: inout ScheduleState, _ outcome: inout DueBatches
    ) async throws -> Bool {
        let end = try await walk(batch, resuming: resuming)
        try note(end, &state)
        switch end {
        case .walked:
            state.noteWalked(batch)
        case .tooFew(let failure):
            outcome.tooFew.append(failure)
            if !state.isTold(batch) {
                display.line("\(words(batch)): too few reports so far; it will be asked again")
                notifier?.tell(tooFew: batch)
                state.noteTold(batch)
            }
        case .spent(let failure, let why):
            try tell(batch, why, &state)
            do {
                try await letGo(batch)
            } catch let failure as CommandFailure {
                outcome.later = failure
                return false
            }
            display.error("\(words(batch)): \(failure.message)")
            outcome.spent.append(failure)
            state.notePassedOver(batch)
        case .later(let failure, _):
            outcome.later = failure
            return false
        case .stopped(let failure, let why):
            if let why { try tell(batch, why, &state) }
            throw CommandFailure(failure.code, "\(words(batch)): \(failure.message)\nthe schedule has stopped")
        }
        try save(state)
        return true
    }

    /// Tells once that a batch has no result.
    private func tell(
        _ batch: ResultFacts.Span, _ why: WalkFailure, _ state: inout ScheduleState
    ) throws(CommandFailure) {
        guard !state.isTold(batch) else { return }
        notifier?.tell(failed: batch, why, walk: walkUnderWay)
        state.noteTold(batch)
        try save(state)
    }

    /// Says once that the Leader is away, and once that it is back.
    private func note(_ end: BatchEnd, _ state: inout ScheduleState) throws(CommandFailure) {
        if case .later(_, leaderIsAway: true) = end {
            guard state.awaySince == nil else { return }
            state.awaySince = now
            notifier?.tell(leaderAway: true, since: now)
            return try save(state)
        }
        // Without an answer nobody knows.
        if case .later = end { return }
        guard let since = state.awaySince else { return }
        display.line("the Leader is back")
        notifier?.tell(leaderAway: false, since: since)
        state.awaySince = nil
        try save(state)
    }

    private var walkUnderWay: WalkID? {
        guard case .state(let state) = DiscoveryState.load(statePath) else { return nil }
        return state.walk
    }

    private func words(_ batch: ResultFacts.Span) -> String {
        "\(Moment.text(batch.start)) until \(Moment.text(batch.end))"
    }

    // MARK: One walk

    private func walk(_ batch: ResultFacts.Span, resuming: Bool) async throws -> BatchEnd {
        let one = command.walk(of: batch, resuming: resuming)
        if !resuming, try isKeptBesideTheTask(batch, one) { return .walked }
        let heard = ScheduledWalk(batch, notifier)
        do {
            try await DiscoverSession(one, taskFile, further: [heard]).discover()
            return .walked
        } catch let failure as CommandFailure {
            // What went wrong apart from the walk is for a person: a full disk, options that do not fit.
            guard let error = heard.error else { return .stopped(failure, nil) }
            return BatchEnd(error, failure, DiscoveryState.load(statePath))
        }
    }

    /// Whether the batch was walked without the file of results, or that file was full; then it gets there.
    private func isKeptBesideTheTask(_ batch: ResultFacts.Span, _ one: DiscoverCommand) throws -> Bool {
        var again = one
        // Whatever it was asked with, it is walked.
        again.threshold = nil
        guard let record = try KeptResults(beside: statePath).result(over: batch, of: taskFile.taskID),
            try WalkAgain(again, taskFile).writeSameInterval()
        else { return false }
        notifier?.tell(walk: record.walk, of: batch)
        return true
    }

    /// Ends a walk that came to nothing: the aggregators erase what they keep of it, and its state goes.
    private func letGo(_ batch: ResultFacts.Span) async throws {
        guard DiscoveryState.load(statePath) != .none else { return }
        var end = command.walk(of: batch, resuming: false)
        end.abandon = true
        // Why it came to nothing is in the file of results already.
        end.kept.results = nil
        end.kept.keep = nil
        try await DiscoverSession(end, taskFile).abandon()
    }
}

extension DiscoverCommand {
    /// The command that walks one batch of the schedule.
    fileprivate func walk(of batch: ResultFacts.Span, resuming: Bool) -> DiscoverCommand {
        var one = self
        one.schedule.every = nil
        one.since = Moment(seconds: batch.start)
        one.until = Moment(seconds: batch.end)
        one.resume = resuming
        return one
    }
}
