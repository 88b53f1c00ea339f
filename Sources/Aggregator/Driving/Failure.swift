import Logging
import PopulusDAP
import PopulusWireCodec

/// Why work fails for good: a step of a walk, a collection of a batch, an aggregation job.
enum Failure: Error, Sendable {
    /// A safety rule of walks says so.
    case refused(WalkRefusal)
    /// Too few of a walk's reports open here: nothing was bound or sent.
    case tooFewOpen(WalkOpening)
    /// There are fewer reports than the task's least batch has; the Collector may ask again later.
    case tooFew(valid: Int, least: UInt64)
    /// There are more reports than a sum can be had of.
    case tooMany(valid: UInt64, most: UInt64)
    /// Reports of the batch were aggregated with another aggregation parameter.
    case otherParameter
    /// The Helper's clock does not permit the batch, or too much of it.
    case clocksDiffer(String)
    /// A report of an aggregation job lies ahead of the Helper's clock; nothing was sent.
    case tooEarly(String)
    /// The Helper refused, with a problem document.
    case refusedByHelper(ProblemDocument, status: Int)
    /// The Helper answered what it must not answer.
    case helperMisbehaved(ProblemType, String)
    /// This aggregator cannot go on: its segment, its keys or its stored reports do not fit any more.
    case failedHere(String)
    /// An aggregation job cannot go on before an operator has mended something.
    ///
    /// The Helper may have committed the job already: to give it up would spoil the batch.
    case parked(String)
    /// The task's work is over, by this aggregator's operator.
    case taskEnded

    init(_ refusal: BatchSizeRefusal) {
        self =
            switch refusal {
            case .tooFew(let count, let least): .tooFew(valid: Int(clamping: count), least: least)
            case .tooMany(let count, let most): .tooMany(valid: count, most: most)
            }
    }

    static func helperMisbehaved(_ detail: String) -> Failure { .helperMisbehaved(.invalidMessage, detail) }

    /// An aggregation job's request would have other bytes than the first time.
    static let keyIsGone = Failure.parked(
        "its request cannot be repeated, as reports do not open any more: put the older decryption keys back "
            + "into the task file, or serve the other task that has them here as well")
}

extension Failure {
    /// The one table of failures: what the Collector is told.
    private var row: (type: ProblemType?, detail: String) {
        switch self {
        case .refused(let refusal): (refusal.problemType, refusal.description)
        case .tooFewOpen(let opening): (opening.problemType, opening.description)
        case .tooFew(let valid, let least):
            (
                .invalidBatchSize,
                "\(valid) valid reports are in the batch, which needs \(least): ask again when there are "
                    + "\(least - min(least, UInt64(valid))) more"
            )
        case .tooMany(let valid, let most):
            (
                .sumBeyondField,
                "\(valid) valid reports are in the batch, and the sum of more than \(most) may be beyond the "
                    + "VDAF's field: ask for a shorter interval"
            )
        case .otherParameter:
            (.invalidMessage, "reports of the batch were aggregated with another aggregation parameter")
        case .clocksDiffer(let detail): (.clocksDiffer, detail)
        case .tooEarly(let words): (.clocksDiffer, "a report's time lies ahead of the Helper's clock; \(words)")
        case .refusedByHelper(let problem, let status):
            (problem.type, "The Helper refused: " + (problem.detail ?? problem.title ?? "status \(status)"))
        case .helperMisbehaved(let type, let detail): (type, "The Helper's answer: " + detail)
        case .failedHere(let detail), .parked(let detail): (nil, detail)
        case .taskEnded: (nil, TaskEnd.words(by: .leader))
        }
    }

    /// What the Collector is told, in the name of the party whose doing it is.
    func problem(task: TaskID) -> ProblemDocument {
        var (title, party) = (String?.none, Role.leader)
        switch self {
        case .refusedByHelper(let problem, _): (title, party) = (problem.title, .helper)
        case .helperMisbehaved: party = .helper
        case .failedHere: title = "The step failed."
        case .taskEnded: title = "The task has ended."
        default: break
        }
        return ProblemDocument(
            type: row.type, title: title, status: status, detail: row.detail, taskID: task, party: party)
    }

    /// The status that goes with the problem.
    var status: Int { if case .refusedByHelper(_, let status) = self { status } else { 400 } }

    /// How a walk ends by it.
    var end: WalkEnd {
        switch self {
        case .refused(let refusal): refusal.end ?? .failed
        case .tooFewOpen, .clocksDiffer: .notBegun
        case .taskEnded: .abandoned
        default: .failed
        }
    }

    var isRefusal: Bool { if case .refusedByHelper = self { true } else { false } }

    /// The same in a line of the log.
    var metadata: Logger.Metadata { ["problem": "\(row.type?.uri ?? "")", "detail": "\(row.detail)"] }

    /// The same in the words of a log that names no problem.
    var reason: String {
        guard case .refusedByHelper(let problem, _) = self else { return row.detail }
        return "the Helper refused: \(problem.type?.uri ?? "") \(problem.detail ?? problem.title ?? "")"
    }
}

extension WireCodable {
    /// Decodes an answer of the Helper.
    ///
    /// - Throws: `Failure.helperMisbehaved`.
    init(answer: [UInt8], what: String = "it") throws(Failure) {
        do { try self.init(decoding: answer) } catch { throw .helperMisbehaved("\(what) does not decode") }
    }
}
