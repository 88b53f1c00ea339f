import Foundation
import PopulusCollector
import PopulusDAP

extension DiscoverSession {
    /// The options of this run.
    private var options: DiscoveryOptions {
        DiscoveryOptions(
            threshold: command.threshold ?? "", bitsPerStep: command.bitsPerStep, since: command.since?.seconds,
            until: command.until?.seconds)
    }

    /// The state to walk from, whether the walk is a new one, and until when it has to wait.
    func startingState() throws -> (DiscoveryState, isNew: Bool, waitUntil: UInt64?) {
        try checkOptions()
        let task = taskFile.configuration
        try TaskTime(task)?.check(options.query(for: task), task.timePrecision) { display.line($0) }
        switch DiscoveryState.load(statePath) {
        case .none:
            return try newState()
        case .damaged:
            throw CommandFailure(
                .data, "\(statePath): not a state file of this version; give another with --state, or remove it")
        case .state(var state):
            try checkTask(state)
            guard command.resume else { throw CommandFailure(.failed, Self.unfinished(state)) }
            // What was cut stays cut.
            var same = options
            same.cutAt = state.options.cutAt
            if state.options != same { try adopt(&state) }
            return (state, false, nil)
        }
    }

    /// A walk that has not begun; over an interval that is over, or will be.
    private func newState() throws -> (DiscoveryState, isNew: Bool, waitUntil: UInt64?) {
        var options = options
        guard let query = options.query(for: taskFile.configuration) else {
            return (begin(options), true, nil)
        }
        switch try command.openInterval.decision(on: query, taskFile.configuration.timePrecision) {
        case .ask: return (begin(options), true, nil)
        case .waitUntil(let end): return (begin(options), true, end)
        case .cut(let cut):
            display.line(OpenInterval.note(cut: cut, end: options.until))
            options.cutAt = cut
            return (begin(options), true, nil)
        }
    }

    private func begin(_ options: DiscoveryOptions) -> DiscoveryState {
        DiscoveryState(task: task.id, options: options, began: Date().timeIntervalSince1970)
    }

    func checkTask(_ state: DiscoveryState) throws {
        guard state.task == taskFile.taskID else {
            throw CommandFailure(
                .data, "\(statePath): the state of a walk of another task; give that task's file, or another --state")
        }
    }

    private static func unfinished(_ state: DiscoveryState) -> String {
        let what =
            state.result != nil
            ? "a walk has ended and its result was not written"
            : "a walk is unfinished (\(counted(state.steps.count, "step")) answered, \(state.options.words))"
        return "\(what): give --resume to go on with it, or --abandon to end it (its reports are then used up: a batch "
            + "can be walked once)"
    }

    /// Takes another threshold where that is sound, and refuses every other change.
    private func adopt(_ state: inout DiscoveryState) throws {
        var wanted = options
        wanted.threshold = state.options.threshold
        wanted.cutAt = state.options.cutAt
        let same =
            "go on with \(wanted == state.options ? "that one" : "the same ones"):\n"
            + "    \(state.options.words) --resume\nor end it with --abandon (its reports are then used up)"
        guard wanted == state.options else {
            throw CommandFailure(.failed, "the walk that is under way was begun with other options; \(same)")
        }
        do throws(ThresholdRefusal) {
            try state.take(threshold: options.threshold, in: task)
        } catch {
            switch error {
            case .lower(let votes):
                throw CommandFailure(
                    .failed,
                    "the walk goes on with its threshold of \(counted(votes, "vote")) or a higher one, not with "
                        + "\(options.threshold): what has fewer votes was left behind, and a batch is walked once; \(same)"
                )
            case .ended, .malformed:
                throw CommandFailure(
                    .failed, "the walk has ended, with the threshold \(state.options.threshold); \(same)")
            }
        }
    }

    /// Refuses what the task would refuse, before anything is asked.
    private func checkOptions() throws {
        if case .count(let count)? = Threshold(options.threshold), count < task.leastThreshold {
            throw CommandFailure(.refused, tooLow)
        }
        do throws(BatchQueryError) {
            _ = try BatchQuery(since: options.since, until: options.until).query(for: taskFile.configuration)
        } catch {
            throw CommandFailure(.refused, error.explained(taskFile.configuration))
        }
    }

    /// Why a threshold is too low, and which one would do.
    private var tooLow: String {
        let least = task.leastThreshold
        let remedy = "give --threshold \(least) or more; a lower one needs a new task"
        guard isNoiseThreshold else {
            return "the task permits no threshold below \(least), which its clients agreed to: \(remedy) "
                + "(`populus task new --min-threshold`)"
        }
        return "with a threshold below \(least) the task's noise would list strings that nobody holds: \(remedy) with "
            + "less noise or fewer steps (`populus task new --epsilon`, `--max-steps`)"
    }

    /// Whether it is the noise that asks for the least threshold, and not what the clients agreed to.
    private var isNoiseThreshold: Bool {
        task.walk.leastThreshold > 1 && task.walk.leastThreshold == task.leastThreshold
    }

    /// What an error means, and what can be done about it.
    func explain(_ error: CollectorError, step: Int? = nil) -> (code: CommandFailure.Code, message: String) {
        let advice = RequestAdvice(task: taskFile, taskPath: command.task)
        switch error {
        case .unreachable(let url, let reason): return advice.unreachable(url, reason)
        case .untrusted(let url): return advice.untrusted(url)
        case .refused(let problem, let status): return advice.refused(problem, status, step: step)
        case .interrupted: return (.failed, "interrupted")
        case .notAWalkTask, .isAWalkTask, .sumBeyondField: return (.data, "the task is of another kind")
        case .unsupportedExtensions(let types): return (.data, unsupportedExtensions(types, command.task))
        case .walkExtension(let error): return (.data, "\(command.task): \(error)")
        case .batchNoise(let error): return (.data, "\(command.task): \(error)")
        case .malformedAnswer(let what):
            return (.software, "\(what); check that the Leader is a Populus of this version")
        case .shareDoesNotOpen(let role):
            return (
                .refused,
                "the \(role == .helper ? "Helper" : "Leader")'s share does not open with the key in \(command.task): the "
                    + "aggregators have another task's files, or one of them changed the batch"
            )
        case .inconsistent(let what):
            return (.refused, "the answer cannot be right: \(what); do not trust this walk")
        case .thresholdTooLow(_, _, nil): return (.refused, tooLow)
        case .thresholdTooLow(let votes, let minimum, let reports?):
            let why =
                isNoiseThreshold
                ? "below \(minimum) the task's noise would list strings that nobody holds"
                : "the task permits no threshold below \(minimum)"
            return (
                .refused,
                "\(options.threshold) of \(reports) accepted reports is \(counted(votes, "vote")), and \(why); the walk "
                    + "waits after its first step\n"
                    + "go on with a higher one: \(command.commandLine(threshold: "\(minimum)")) --resume"
            )
        case .outOfBounds(let candidates, let maximum, let threshold):
            let why =
                candidates.map { "the surviving prefixes need \($0) candidates, the task permits \(maximum)" }
                ?? "no step is left for strings that have not ended and are more than \(task.walk.maxBitsPerStep) bits from the "
                + "last, and none has ended yet"
            guard let threshold else {
                return (.refused, "\(why); end the walk with --abandon and take a higher threshold with new reports")
            }
            return (
                .refused,
                "\(why); the walk waits, and a threshold of \(threshold) or more does\n"
                    + "go on with it: \(command.commandLine(threshold: "\(threshold)")) --resume"
            )
        case .stateNotWritten(let error):
            return (.inputOutput, "the walk's state cannot be written: \(error); make room")
        }
    }
}

extension DiscoveryOptions {
    /// The options as they are written on the command line.
    fileprivate var words: String {
        var words = "--threshold \(threshold) --bits-per-step \(bitsPerStep)"
        if let since { words += " --since \(Time.text(secondsSinceEpoch: since))" }
        if let until { words += " --until \(Time.text(secondsSinceEpoch: until))" }
        return words
    }
}

extension DiscoverCommand {
    /// The command as it was given, without --resume.
    var commandLine: String { commandLine(threshold: threshold ?? "") }

    /// The command that ends the walk.
    var abandonLine: String {
        var words = ["populus", "discover", "--task", task]
        if let state { words += ["--state", state] }
        words += kept.words + connection.words
        return (words + ["--abandon"]).map(ShellWord.quoted).joined(separator: " ")
    }

    /// The command with another threshold, without --resume.
    func commandLine(threshold: String) -> String {
        words(threshold: threshold, dictionary: dictionary).map(ShellWord.quoted).joined(separator: " ")
    }

    /// The command as it was given, with another list of known strings.
    func words(dictionary: String) -> [String] {
        words(threshold: threshold ?? "", dictionary: dictionary) + (resume ? ["--resume"] : [])
    }

    private func words(threshold: String, dictionary: String?) -> [String] {
        var words = ["populus", "discover", "--task", task, "--threshold", threshold]
        if let csv { words += ["--csv", csv] }
        if json { words.append("--json") }
        if jsonl { words.append("--jsonl") }
        if bitsPerStep != "auto" { words += ["--bits-per-step", bitsPerStep] }
        if let since { words += ["--since", Moment.text(since.seconds)] }
        if let until { words += ["--until", Moment.text(until.seconds)] }
        words += openInterval.words + waiting.words + connection.words
        if let state { words += ["--state", state] }
        if raw { words.append("--raw") }
        return words + kept.words + dictionaryWords(dictionary)
    }
}
