import PopulusCollector
import PopulusDAP

extension CollectSession {
    /// What an error means, and what can be done about it.
    func explain(_ error: CollectorError) -> (code: CommandFailure.Code, message: String) {
        let advice = RequestAdvice(task: taskFile, taskPath: command.task)
        switch error {
        case .unreachable(let url, let reason): return advice.unreachable(url, reason)
        case .untrusted(let url): return advice.untrusted(url)
        case .refused(let problem, let status): return advice.refused(problem, status)
        case .interrupted: return (.failed, "interrupted")
        case .malformedAnswer(let what):
            return (.software, "\(what); check that the address in \(command.task) is that of a DAP-18 Leader")
        case .shareDoesNotOpen(let role):
            return (
                .refused,
                "the \(role == .helper ? "Helper" : "Leader")'s share does not open with the key in \(command.task): the "
                    + "aggregators have another task's files, or one of them changed the batch; compare the fingerprints "
                    + "of `populus task show`"
            )
        case .sumBeyondField(let reports, let most):
            return (
                .refused,
                "the batch has \(reports) reports, and the sum of more than \(most) measurements of the task's size may be "
                    + "beyond the scheme's field: what was counted is no sum, and none is shown; collect smaller batches, "
                    + "or make a task with a lower --max"
            )
        case .inconsistent(let what):
            return (.refused, "the answer cannot be right: \(what); do not trust this batch")
        case .stateNotWritten(let error):
            return (.inputOutput, "what is under way cannot be written down: \(error); make room, or give --state FILE")
        case .unsupportedExtensions(let types): return (.data, unsupportedExtensions(types, command.task))
        case .walkExtension(let error): return (.data, "\(command.task): \(error)")
        case .batchNoise(let error): return (.data, "\(command.task): \(error)")
        case .notAWalkTask, .isAWalkTask, .thresholdTooLow, .outOfBounds:
            return (.software, "the task is of another kind")
        }
    }
}
