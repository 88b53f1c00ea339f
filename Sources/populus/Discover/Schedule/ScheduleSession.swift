import ArgumentParser
import Foundation
import PopulusCollector
import PopulusDAP
import PopulusDurableFiles
import PopulusTLS
import PopulusTaskFiles
import Results
import Schedule

/// One run of `populus discover --every`: walks each batch once it is over.
struct ScheduleSession {
    let command: DiscoverCommand
    let taskFile: TaskFile
    let schedule: BatchSchedule
    let statePath: String
    let recorder: ResultsRecorder
    let display: ProgressDisplay
    let notifier: Notifier?
    let tls: ClientTLS?
    private let schedulePath: String
    private let lock: FileLock

    /// Pauses of a schedule whose Leader is away.
    private static let pauses = RetrySchedule.Policy(
        first: .seconds(60), longest: .seconds(900), longestAsked: .seconds(900), jitter: 0.2)

    init(_ command: DiscoverCommand, _ taskFile: TaskFile, every length: Seconds) throws(CommandFailure) {
        let configuration = taskFile.configuration
        guard taskFile.hasWalks, configuration.batchMode == .timeInterval else {
            throw CommandFailure(
                .refused,
                "--every is for tasks whose strings are walked by intervals of time (`populus task new --batch-mode "
                    + "time-interval`)")
        }
        let precision = configuration.timePrecision.seconds
        guard length.value % precision == 0 else {
            throw CommandFailure(
                .refused, "--every \(length): give a multiple of the task's time precision, \(Seconds(precision))")
        }
        self.command = command
        self.taskFile = taskFile
        tls = try command.connection.client()
        schedule = BatchSchedule(
            length: length.value, delay: command.schedule.delay?.value ?? 60, most: command.schedule.makeUp ?? 31,
            bounds: Self.bounds(configuration))
        if let since = command.since, schedule.batch(of: since.seconds).start != since.seconds {
            let batch = schedule.batch(of: since.seconds)
            throw CommandFailure(
                .refused,
                "--since is the start of no interval of \(length): give \(Moment.text(batch.start)) or "
                    + Moment.text(batch.end))
        }
        display = ProgressDisplay(quiet: command.quiet)
        statePath = try StateFile.path(ofWalk: command)
        let stem = Self.stem(statePath)
        schedulePath = stem + ".schedule.json"
        lock = try FileLock.beside(schedulePath, busy: "another schedule of this task runs")
        guard let recorder = try command.kept.recorder(of: taskFile, state: statePath, schedule: schedulePath, display)
        else {
            throw CommandFailure(.refused, "--every needs --results")
        }
        self.recorder = recorder
        notifier = try Notifier(
            command.schedule, recorder, leastBatch: configuration.minBatchSize, folder: stem + ".notices", display)
    }

    /// What requests go out with now: files that have changed are read again, and if they cannot be used the old ones stay.
    func currentTLS() -> ClientTLS? {
        if case .refused(let error)? = tls?.reload(waits: false) {
            display.error("\(error); what was read before is used")
        }
        return tls
    }

    /// The time of the task's reports.
    private static func bounds(_ task: TaskConfiguration) -> Range<UInt64> {
        // Where it was made it was checked that the interval decodes.
        guard let interval = (try? task.taskInterval) ?? nil else { return 0..<UInt64.max }
        let start = interval.start.secondsSinceEpoch(precision: task.timePrecision)
        let end = interval.end.map { $0.secondsSinceEpoch(precision: task.timePrecision) } ?? .max
        return start..<max(start, end)
    }

    /// `collector.walk.json` has `collector.schedule.json` and `collector.notices` beside it.
    private static func stem(_ statePath: String) -> String {
        for suffix in [".walk.json", ".json"] where statePath.hasSuffix(suffix) {
            return String(statePath.dropLast(suffix.count))
        }
        return statePath
    }

    // MARK: Running

    /// Runs until there is nothing more to do, or somebody has to do something.
    func run() async throws {
        defer { withExtendedLifetime(lock) {} }
        notifier?.wake()
        do {
            try await pass()
        } catch {
            // After a signal nobody waits: what was not delivered is there for the next run.
            await notifier?.finish(within: error is CommandFailure ? .seconds(30) : .seconds(1))
            throw error
        }
        await notifier?.finish(within: .seconds(60))
    }

    private func pass() async throws {
        var state = try startingState()
        var pauses = RetrySchedule(Self.pauses)
        var said: String?
        while true {
            let outcome = try await walkDue(&state)
            if command.schedule.once { return try conclude(outcome, state) }
            notifier?.wake()
            if let later = outcome.later {
                // The same once, however often it is tried.
                if later.message != said { display.error(later.message) }
                said = later.message
                try await wait(until: now + UInt64(pauses.pause() / .seconds(1)))
                continue
            }
            (pauses, said) = (RetrySchedule(Self.pauses), nil)
            guard let next = schedule.next(now: now, first: state.first) else {
                return display.line("the task has ended, and no interval of it is left")
            }
            display.line(words(next))
            try await wait(until: schedule.moment(of: next))
        }
    }

    /// What a run for a timer ends with.
    private func conclude(_ outcome: DueBatches, _ state: ScheduleState) throws(CommandFailure) {
        if let later = outcome.later { throw later }
        if let tooFew = outcome.tooFew.last {
            throw CommandFailure(
                .temporary,
                "\(counted(outcome.tooFew.count, "interval")) of \(outcome.total) \(outcome.tooFew.count == 1 ? "has" : "have") too few "
                    + "reports for a walk so far, and will be asked again: \(tooFew.message)")
        }
        if let spent = outcome.spent.last {
            throw CommandFailure(
                .refused,
                "\(counted(outcome.spent.count, "interval")) of \(outcome.total) came to no result and will not be asked again: "
                    + spent.message)
        }
        let next = schedule.next(now: now, first: state.first).map { "; " + words($0) } ?? ""
        display.line(
            outcome.total == 0 ? "no interval is due" + next : "\(counted(outcome.total, "interval")) done" + next)
    }

    private func words(_ next: ResultFacts.Span) -> String {
        "the next interval is \(Moment.text(next.start)) until \(Moment.text(next.end))"
    }

    /// Waits by the time of day, which may be set and goes on while a machine sleeps; delivers meanwhile what is left.
    private func wait(until end: UInt64) async throws {
        while now < end {
            let part = min(end, now + 600)
            let (_, signal) = await Interruption.cancelling(parting: "interrupted") {
                while !Task.isCancelled {
                    let left = Double(part) - Date().timeIntervalSince1970
                    guard left > 0 else { return }
                    // Cancelled, the loop sees that itself.
                    try? await Task.sleep(for: .seconds(min(20, max(0.05, left))))
                }
            }
            if let signal { throw ExitCode(128 + signal) }
            notifier?.wake()
        }
    }

    // MARK: The schedule's file

    private func startingState() throws(CommandFailure) -> ScheduleState {
        switch ScheduleState.load(schedulePath) {
        case .damaged:
            throw CommandFailure(
                .data,
                "\(schedulePath): not a schedule of this version; remove it, and give --since to say what is missing")
        case .state(let state) where state.task != taskFile.taskID:
            throw CommandFailure(
                .data, "\(schedulePath): the schedule of another task; give that task's file, or another --state")
        case .state(let state) where state.length == schedule.length: return state
        case .state(let state):
            display.line(
                "intervals of \(Seconds(state.length)) come to an end; those of \(Seconds(schedule.length)) begin")
        case .none: break
        }
        let now = now
        let first = command.since?.seconds ?? schedule.latest(now: now)?.start ?? schedule.batch(of: now).start
        let state = ScheduleState(
            task: taskFile.taskID, length: schedule.length,
            first: max(first, schedule.batch(of: schedule.bounds.lowerBound).start))
        try save(state)
        return state
    }

    func save(_ state: ScheduleState) throws(CommandFailure) {
        do throws(DurableFileError) {
            try state.save(to: schedulePath)
        } catch {
            throw CommandFailure(.inputOutput, "the schedule cannot be written: \(error)")
        }
    }

    var now: UInt64 { UInt64(max(0, Date().timeIntervalSince1970)) }
}
