import Client
import PopulusDAP
import PopulusHTTPRequests
import PopulusTaskFiles

extension UploadCommand {
    /// What a refused report means, and what can be done about it.
    static func explain(_ error: ReportError) -> String {
        switch error {
        case .reportTooEarly: "\(error.name): this machine's clock is ahead of the Leader's; set it right"
        case .taskNotStarted: "\(error.name): the task has not started yet"
        case .taskExpired: "\(error.name): the task no longer takes reports of this time"
        case .reportDropped:
            "\(error.name): the task takes no reports of this time: it has not begun, has ended, or they are too old (populus "
                + "task show)"
        case .batchCollected, .reportReplayed: "\(error.name): it counts already, or its time was collected before"
        case .outdatedConfig, .hpkeUnknownConfigID:
            "\(error.name): the aggregators' keys changed twice; upload it again"
        default: error.name
        }
    }

    /// What a failure means, and what can be done about it.
    ///
    /// - Parameter note: the note of an earlier upload of the input, after whose end this one was to go on.
    func explain(
        _ failure: UploadFailure, _ task: TaskFile, note: UploadJournal?
    ) -> (code: CommandFailure.Code, message: String) {
        let taskPath = self.task
        switch failure {
        case .request(.cancelled):
            return (.failed, "interrupted")
        case .request(.refused(let problem, let status)) where status == 401 || status == 403:
            return (.refused, refusedToken(problem, status))
        case .request(let error):
            return RequestAdvice(task: task, taskPath: taskPath).explain(error)
        case .input(let error):
            return (.inputOutput, "the input cannot be read: \(error)")
        case .tooLarge(let bytes):
            return (
                .refused,
                "a report of this task is a request of \(bytes) bytes, and the Leader or a proxy before it takes none of "
                    + "that size (413)\nhave the Leader's operator permit more, and better 8 MiB (nginx: "
                    + "client_max_body_size 8m;)"
            )
        case .journal(let error):
            return (.inputOutput, "the journal cannot be written: \(error); make room, or give --journal FILE")
        case .otherInput where note?.finished != nil:
            return (
                .data,
                "the input goes on in another way after what was uploaded on \(Moment.text(note?.finished ?? 0)), as where its "
                    + "last line was not whole then; what is new cannot be told\ngive the new lines as an input of their "
                    + "own; without --resume all lines are uploaded, also those that count already"
            )
        case .otherInput(let lines):
            return (
                .data,
                "the first \(lines) lines of the input are not those of the interrupted upload; give the same input, "
                    + "or forget that upload with --abandon"
            )
        case .report(.unsupportedExtensions(let types)):
            return (.data, unsupportedExtensions(types, taskPath))
        case .report(.walkExtension(let error)):
            return (.data, "\(taskPath): \(error)")
        case .report(.batchNoise(let error)):
            return (.data, "\(taskPath): \(error)")
        case .report(let error):
            return (.software, "a report could not be made: \(error)")
        }
    }
}

extension UploadCommand {
    /// What to do where the Leader, or a proxy before it, wants another token than it was shown.
    private func refusedToken(_ problem: ProblemDocument, _ status: Int) -> String {
        let said = (problem.detail ?? problem.title).map { ": \($0)" } ?? ""
        guard let uploadTokenFile else {
            // Our Leader says 401; a proxy may have other reasons for 403.
            return
                "the Leader, or a proxy before it, takes no report \(status == 401 ? "without a token" : "from here") "
                + "(\(status))\(said)\nask the Leader's operator; if it is the task's upload token that is missing, give "
                + "--upload-token-file FILE with it"
        }
        return
            "the Leader, or a proxy before it, refuses the token in \(uploadTokenFile) (\(status))\(said)\nask the Leader's "
            + "operator for one that is valid now: `populus task tokens list` on its side names those"
    }
}

/// Why a task with these extensions is left alone.
func unsupportedExtensions(_ types: [UInt16], _ taskPath: String) -> String {
    "\(taskPath): the task has extensions that this program does not know (types "
        + types.map { "\($0)" }.joined(separator: ", ") + "), so that it must not take part; use a newer Populus"
}
