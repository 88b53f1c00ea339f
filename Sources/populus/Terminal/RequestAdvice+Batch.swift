import PopulusDAP
import PopulusTaskFiles

extension TaskFile {
    /// Whether the task's batches are walked, not collected once.
    var hasWalks: Bool {
        configuration.extensions.contains { $0.type == walkCodePoints.task }
    }
}

extension RequestAdvice {
    /// What a refusal means where batches are collected once; nil where it means what it means everywhere.
    func batchAdvice(_ type: ProblemType) -> (code: CommandFailure.Code, text: String)? {
        let least = task.configuration.minBatchSize
        let isInterval = task.configuration.batchMode == .timeInterval
        return switch type {
        case .invalidBatchSize where TaskTime(task.configuration)?.ended != nil:
            (.refused, TaskTime(task.configuration)?.ended ?? "")
        case .invalidBatchSize where isInterval:
            (
                .temporary,
                "fewer than \(least) valid reports have that time: wait for more and run the same command again, or "
                    + "choose a longer interval"
            )
        case .invalidBatchSize:
            (
                .temporary,
                "a batch needs at least \(least) valid reports that are in no batch yet: upload more and run the same "
                    + "command again"
            )
        case .clocksDiffer:
            (
                .temporary,
                "more reports would not help: tell the operators of both aggregators, whose logs say the same, and run the same "
                    + "command again when the clocks are right"
            )
        case .sumBeyondField:
            (.refused, "nothing was collected: choose a shorter interval, with fewer reports")
        case .batchOverlap:
            (.refused, "a part of that interval has been collected already: choose another one")
        case .batchMismatch, .stepMismatch, .unrecognizedAggregationJob:
            (
                .refused,
                "the aggregators disagree about the batch, as after one store was restored or exchanged; their logs say "
                    + "more"
            )
        case .unsupportedExtension, .invalidExtension:
            (.refused, "the task has an extension that an aggregator does not know")
        case .invalidMessage, .invalidAggregationParameter:
            (.refused, "the request was not understood: compare the fingerprints of `populus task show` on all sides")
        default: nil
        }
    }
}
