import Foundation
import PopulusCollector
import PopulusDAP
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
        let kept = try keptBatches()
        for batch in due where batch != underWay && !state.isSettled(batch) {
            if kept.contains(batch) {
                state.noteWalked(batch)
                try save(state)
                continue
            }
            outcome.total += 1
            guard try await take(batch, resuming: false, &state, &outcome) else { return outcome }
        }
        try leaveBehind(due, &state)
        return outcome
    }

    /// Leaves batches that are too old to be made up for.
    ///
    /// Only where all that are due were answered: by a clock that is ahead the latest are not over, of which the Leader
    /// knows. What that clock calls too old is not, and must not be lost to it.
    private func leaveBehind(
        _ due: [ResultFacts.Span], _ state: inout ScheduleState
    ) throws(CommandFailure) {
        guard let least = due.first?.start, least > state.first else { return }
        let left = state.forget(before: least)
        try save(state)
        guard left > 0 else { return }
        display.error("\(counted(left, "interval")) before \(Moment.text(least)) will not be made up for (--make-up)")
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
            if !state.isToldTooFew(batch) {
                display.line("\(words(batch)): too few reports so far; it will be asked again")
                notifier?.tell(tooFew: batch)
                state.noteToldTooFew(batch)
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
        guard !state.isToldFailed(batch) else { return }
        notifier?.tell(failed: batch, why, walk: walkUnderWay)
        state.noteToldFailed(batch)
        try save(state)
    }

    /// Says once that the Leader is away, and once that it is back.
    private func note(_ end: BatchEnd, _ state: inout ScheduleState) throws(CommandFailure) {
        if case .later(_, leaderIsAway: true) = end {
            guard !state.awayIsTold else { return }
            let since = state.awaySince ?? now
            state.awaySince = since
            try save(state)
            notifier?.tell(leaderAway: true, since: since)
            state.awayIsTold = true
            return try save(state)
        }
        // Without an answer nobody knows.
        if case .later = end { return }
        guard let since = state.awaySince else { return }
        display.line("the Leader is back")
        notifier?.tell(leaderAway: false, since: since)
        (state.awaySince, state.awayIsTold) = (nil, false)
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
        let heard = ScheduledWalk(batch, notifier)
        do {
            if !resuming, try isKeptBesideTheTask(batch, one) { return .walked }
            try await DiscoverSession(one, taskFile, tls: currentTLS(), further: [heard]).discover()
            return .walked
        } catch let failure as CommandFailure {
            guard let error = heard.error else {
                // Somebody else is at the walk's state or at the file of results; or our clock was put back.
                if failure.code == .temporary { return .later(failure, leaderIsAway: false) }
                // What else went wrong apart from the walk is for a person: a full disk, options that do not fit.
                return .stopped(failure, nil)
            }
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
        _ = try await DiscoverSession(end, taskFile, tls: currentTLS()).abandon()
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
