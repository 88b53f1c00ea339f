import Aggregator
import PopulusCollector
import PopulusDAP
import PopulusHTTPRequests
import PopulusStringCodec
import PopulusTaskFiles

/// Turns failed requests into what happened and what to do next.
struct RequestAdvice {
    let task: TaskFile
    let taskPath: String

    func explain(_ error: DAPRequestError) -> (code: CommandFailure.Code, message: String) {
        switch error {
        case .unreachable(let url, let reason): unreachable(url, reason)
        case .untrusted(let url): untrusted(url)
        case .refused(let problem, let status): refused(problem, status)
        case .malformed(let what):
            (
                .software,
                "\(what)\ncheck that the address in \(taskPath) is that of an aggregator of this version, and that no proxy or "
                    + "login page of a network answers in its place"
            )
        case .cancelled: (.failed, "interrupted")
        }
    }

    func unreachable(_ url: String, _ reason: String) -> (code: CommandFailure.Code, message: String) {
        let role = role(at: url)
        // Who has a client's file only is not the one who starts servers.
        let advice =
            if case .client = task.secrets { "ask its operator" } else {
                "start it with `populus \(role.lowercased())`"
            }
        return (
            .unavailable,
            "the \(role) cannot be reached at \(url): \(reason)\n\(advice), or check its address in \(taskPath)"
        )
    }

    func untrusted(_ url: String) -> (code: CommandFailure.Code, message: String) {
        (
            .unavailable,
            "the certificate of the \(role(at: url)) at \(url) is not trusted: \(ConnectionFailure.untrusted)\n"
                + "nothing was sent; "
                + (ConnectionFailure.hasAuthorities
                    ? "have its operator mend the certificate, or check the address in \(taskPath); an authority of its own is "
                        + "given with --ca"
                    : "install the list first, such as with `apt-get install ca-certificates`, or give its authority with "
                        + "--ca")
        )
    }

    private func role(at url: String) -> String {
        url.hasPrefix(task.helperURL) && !url.hasPrefix(task.leaderURL) ? "Helper" : "Leader"
    }

    /// - Parameter step: the walk's step that was refused; nothing outside of walks.
    func refused(
        _ problem: ProblemDocument, _ status: Int, step: Int? = nil
    ) -> (code: CommandFailure.Code, message: String) {
        let said = problem.detail ?? problem.title ?? "status \(status)"
        // The type is that of an interval that is no batch.
        if [Role.leader, .helper].contains(where: { said.hasSuffix(TaskEnd.words(by: $0)) }) {
            return (.refused, "\(said): nothing more comes of it, and new reports need a new task")
        }
        let refusal = RefusedStep(problem, status: status)
        if refusal.party == .helper { return helperRefused(problem.type, status, said, step: step) }
        if status == 401 || status == 403 {
            return (
                .refused,
                "the Leader refuses the token in \(taskPath) (\(said)): it comes from another `task new` than the Leader's "
                    + "file; use the files of one folder, and --client-certificate where it expects a certificate"
            )
        }
        if let next = problem.type.flatMap({ advice($0, step: step) }) { return (next.code, "\(said)\n\(next.text)") }
        if status == 413 {
            return (
                .refused,
                "the Leader, or a proxy before it, takes no request of this size (\(said)): it must take bodies of 16 MiB; "
                    + "nothing is lost"
            )
        }
        if status >= 500, problem.type == nil {
            return (.unavailable, "the Leader fails (\(status)): \(said)\nits log says more; try again later")
        }
        let log = step != nil && refusal.isFinal ? "\nits log says more" : ""
        return (.refused, "the Leader refuses the request (\(status)): \(said)\(log)")
    }

    /// What a collection job failed with because of the Helper: the Leader only passes it on.
    private func helperRefused(
        _ type: ProblemType?, _ status: Int, _ said: String, step: Int?
    ) -> (code: CommandFailure.Code, message: String) {
        if status == 401 || status == 403 {
            return (
                .refused,
                "\(said)\nthe Leader's token, or its certificate, is not what the Helper expects: start both with the files "
                    + "of one `task new`"
            )
        }
        let next: (code: CommandFailure.Code, text: String) =
            switch type {
            case .unrecognizedTask:
                (
                    .refused,
                    "the Helper at \(ForeignText.escaped(task.helperURL)) does not know this task: start it with --task helper.json of the "
                        + "same folder"
                )
            case .unrecognizedAggregationJob where task.hasWalks:
                (.refused, "the Helper has lost the walk: it was started with another store, or has erased it")
            case .invalidMessage, .unsupportedExtension, .invalidExtension:
                (
                    .refused,
                    "the aggregators do not understand each other: run the same version of Populus, with files of one "
                        + "folder; their logs say more"
                )
            case let type?:
                advice(type, step: step) ?? (.refused, "the Helper ended it; its log says more")
            case nil:
                (.refused, "the Helper ended it; its log says more")
            }
        return (next.code, "\(said)\n\(next.text)")
    }

    private func advice(_ type: ProblemType, step: Int?) -> (code: CommandFailure.Code, text: String)? {
        if !task.hasWalks, let own = batchAdvice(type) { return own }
        let least = task.configuration.minBatchSize
        return switch type {
        case .unrecognizedTask where task.configuration.advertisedTaskID == task.taskID:
            (
                .temporary,
                "no upload has brought this task to the Leader yet, or the Leader takes up none that requests bring: upload "
                    + "first, and run the same command again"
            )
        case .unrecognizedTask:
            (
                .refused,
                "the Leader at \(ForeignText.escaped(task.leaderURL)) does not know this task: start it with --task leader.json of the same "
                    + "folder"
            )
        case .invalidBatchSize where (step ?? 0) > 0:
            (.refused, "so many reports turned out to be invalid that fewer than \(least) are left, the smallest batch")
        case .invalidBatchSize where TaskTime(task.configuration)?.ended != nil:
            (.refused, TaskTime(task.configuration)?.ended ?? "")
        case .invalidBatchSize where task.configuration.batchMode == .timeInterval:
            (
                .temporary,
                "fewer than \(least) reports have that time, and a batch needs as many: check --since and --until, or wait "
                    + "for more and run the same command again"
            )
        case .invalidBatchSize:
            (
                .temporary,
                "a batch needs at least \(least) reports that no walk has taken yet: upload more and run the same "
                    + "command again"
            )
        case .clocksDiffer:
            (
                .temporary,
                "more reports would not help: tell the operators of both aggregators, whose logs say the same, and run the same "
                    + "command again when the clocks are right"
            )
        case .fewerReportsThanAsked:
            (
                .data,
                (task.configuration.batchMode == .timeInterval
                    ? "the batch is untouched: choose a longer interval, or a lower threshold"
                    : "the batch is untouched: upload more, or take a lower threshold") + " (\(minThreshold) at least)"
            )
        case .batchOverlap:
            (.refused, "a batch can be walked once: choose another interval, or wait for new reports")
        case .batchInvalid:
            (
                .refused,
                "the interval is no batch: it is not over by that aggregator's clock (compare the clocks), or --since and "
                    + "--until do not lie on multiples of the task's time precision, or in the task's time"
            )
        case .walkEnded:
            (.refused, "the aggregators have ended the walk")
        case .walkBoundExceeded:
            (
                .refused,
                "the task's bounds, which its clients agreed to, end the walk here; a new task can have wider ones"
            )
        case .bitsPerStepExceeded, .firstStepBoundExceeded:
            (
                .refused,
                "the question has more candidates than the task's bounds permit: use the same version of Populus on all "
                    + "sides"
            )
        case .lateRejectionsExceeded:
            (
                .refused,
                "too many reports turned out to be invalid after the first step, so that the aggregators ended the walk "
                    + "to protect the others"
            )
        case .thresholdBelowMinimum:
            (
                .refused,
                "the task permits no threshold below \(minThreshold), and more prefixes were "
                    + "asked for than can have it"
            )
        case .unsupportedExtension, .invalidExtension:
            (.refused, "the Leader does not speak this version of the walk extension: use the same version of Populus")
        case .invalidMessage, .invalidAggregationParameter:
            (.refused, "the request was not understood or not permitted: use the same version of Populus on all sides")
        case .stepMismatch, .batchMismatch:
            (.refused, "the aggregators disagree about the walk, as after one store was restored; their logs say more")
        default: nil
        }
    }

    private var minThreshold: String {
        // The number only completes a sentence; what is wrong with the extension was said when the file was read.
        ((try? task.configuration.walkExtension(task.walkCodePoints)) ?? nil).map { "\($0.minThreshold)" } ?? "its own"
    }
}

/// Reads a role's file, with the failure that a command ends with.
func readTaskFile(_ path: String, as role: Role) throws -> TaskFile {
    do throws(TaskFileError) {
        return try TaskFile(readingFrom: path, as: role)
    } catch {
        throw CommandFailure(error)
    }
}

/// The encoding that a task uses.
func encoding(of task: TaskFile) throws -> any StringEncoding {
    guard let name = task.encoding else {
        throw CommandFailure(.data, "the task has no encoding of strings")
    }
    guard let encoding = StringEncodings.encoding(named: name, taskID: task.taskID.bytes) else {
        let known = StringEncodings.names.joined(separator: ", ")
        throw CommandFailure(.data, "the task uses the encoding \"\(name)\", this program knows: \(known)")
    }
    return encoding
}
