import ArgumentParser
import Foundation
import PopulusCollector
import PopulusDAP
import PopulusTaskFiles
import Results

/// Where results are kept for `populus results`, and for how long.
struct ResultsOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            Keep the result in this file as well, also that a walk failed after its first answer: see `populus results`. \
            Made where it is not there, for its owner only. Any number of tasks and runs write to one.
            """, valueName: "file"),
        completion: .file())
    var results: String?

    @Option(
        help: ArgumentHelp(
            "With --results: delete this task's older results there; keep those of 90d and always the latest, or the latest "
                + "100, for example. Failed walks go with the oldest result that stays.",
            valueName: "time or number"),
        transform: KeepChoice.option)
    var keep: KeepChoice?

    func validate() throws {
        guard keep == nil || results != nil else { throw ValidationError("--keep goes with --results") }
    }

    /// The options as they were given.
    var words: [String] {
        (results.map { ["--results", $0] } ?? []) + (keep.map { ["--keep", $0.text] } ?? [])
    }

    /// The file, and the option that names it.
    var files: [(option: String, path: String)] { results.map { [("--results", $0)] } ?? [] }

    /// Opens the file before anything is asked; nothing where none is named.
    ///
    /// - Parameter state: that of the same command, which is another file.
    func recorder(
        of file: TaskFile, state: String, schedule: String? = nil, _ display: ProgressDisplay
    ) throws(CommandFailure) -> ResultsRecorder? {
        guard let results else { return nil }
        let others = [(state, "the state (--state)")] + (schedule.map { [($0, "the schedule's state")] } ?? [])
        let files = others + others.map { ($0 + ".lock", "the lock of \($1)") }
        for (path, name) in files where OutputPath(results).isSame(as: OutputPath(path)) {
            throw CommandFailure(
                .cannotCreate, "\(results): is \(name) of the same command; give --results another file")
        }
        let task = KeptTask(id: file.taskID, configuration: file.configuration, encoding: file.encoding)
        do throws(ResultsError) {
            let store = try ResultsStore(path: results, for: .recording)
            return ResultsRecorder(
                store: store, task: task, path: results, retention: keep?.retention, display: display)
        } catch {
            throw CommandFailure(error, results)
        }
    }
}

/// What `--keep` says: a length of time, or a number of results.
struct KeepChoice: Equatable {
    let text: String
    let retention: Retention

    static let option: @Sendable (String) throws -> KeepChoice = { text in
        if !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(text), number > 0 {
            return KeepChoice(text: text, retention: Retention(newest: number))
        }
        guard let seconds = Seconds(text), text.last?.isLetter == true else {
            throw ValidationError("give a length of time such as 90d, or a number of results such as 100, at least 1")
        }
        return KeepChoice(text: text, retention: Retention(age: seconds.value))
    }
}

extension CommandFailure {
    /// An error of a file of results with its exit code.
    init(_ error: ResultsError, _ path: String) {
        let code: Code =
            switch error {
            case .missing, .unreadable: .noInput
            case .notResults, .newerVersion, .damaged, .differs, .inconsistent, .belowThreshold: .data
            case .unwritable: .cannotCreate
            case .full, .database: .inputOutput
            case .busy: .temporary
            }
        self.init(code, "\(path): \(error)")
    }

    /// A result that could not be recorded.
    ///
    /// - Parameter remedy: what can be done about it.
    func unrecordedResult(_ remedy: String) -> CommandFailure {
        CommandFailure(code, "the result is not in the file of results: \(message)\n\(remedy)")
    }
}
