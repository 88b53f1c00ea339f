/// The kinds of errors that servers report, as URIs.
///
/// The first group is DAP's, and one more that taskprov adds to it. The second belongs to the walk extension and has URIs outside the DAP namespace, which
/// DAP reserves for registered types.
///
/// Spec: DAP §3.6; draft-ietf-ppm-dap-taskprov (July 2026) §2; <doc:WalkExtension>
package enum ProblemType: Hashable, Sendable {
    case invalidMessage
    case unrecognizedTask
    case unrecognizedAggregationJob
    case batchInvalid
    case invalidBatchSize
    case invalidAggregationParameter
    case batchMismatch
    case stepMismatch
    case batchOverlap
    case unsupportedExtension
    case invalidExtension

    /// The aggregator takes no part in the task that the request brings; of taskprov.
    case invalidTask

    /// The walk has ended, or was never begun here: no step of it can be served.
    case walkEnded

    /// The step lies beyond a bound of the task's walk extension other than those named below.
    case walkBoundExceeded

    /// More reports were rejected after step 0 than the task allows; the walk has ended without this step's share.
    case lateRejectionsExceeded

    /// The candidates have more distinct ancestors than a threshold of at least `min_threshold` could have left.
    case thresholdBelowMinimum

    /// The aggregators' stores are not the ones that they were (<doc:StoreStatements>).
    case storeConflict

    /// A step passes more than `max_bits_per_step` levels, with several candidates for one ancestor.
    case bitsPerStepExceeded

    /// Step 0 asks at a deeper level, or for more candidates, than the first step of a walk may.
    case firstStepBoundExceeded

    /// Fewer reports wait than the Collector needs at least (`Populus-Least-Reports`); the batch is untouched.
    case fewerReportsThanAsked

    /// The sum of the batch may be beyond the VDAF's field; the batch is untouched.
    case sumBeyondField

    /// The Helper's clock does not permit the batch yet, though the Leader's does; the batch is untouched.
    case clocksDiffer

    /// A type that this implementation does not know.
    case other(String)

    private static let dapNamespace = "urn:ietf:params:ppm:dap:error:"
    private static let walkNamespace = "tag:populus.example,2026:dap-walk:error:"

    /// The types with a name, DAP's first.
    package static let known: [ProblemType] = dapTypes.map(\.0) + [.invalidTask] + walkTypes.map(\.0)

    private static let dapTypes: [(ProblemType, String)] = [
        (.invalidMessage, "invalidMessage"),
        (.unrecognizedTask, "unrecognizedTask"),
        (.unrecognizedAggregationJob, "unrecognizedAggregationJob"),
        (.batchInvalid, "batchInvalid"),
        (.invalidBatchSize, "invalidBatchSize"),
        (.invalidAggregationParameter, "invalidAggregationParameter"),
        (.batchMismatch, "batchMismatch"),
        (.stepMismatch, "stepMismatch"),
        (.batchOverlap, "batchOverlap"),
        (.unsupportedExtension, "unsupportedExtension"),
        (.invalidExtension, "invalidExtension"),
    ]

    private static let walkTypes: [(ProblemType, String)] = [
        (.walkEnded, "walkEnded"),
        (.walkBoundExceeded, "walkBoundExceeded"),
        (.lateRejectionsExceeded, "lateRejectionsExceeded"),
        (.thresholdBelowMinimum, "thresholdBelowMinimum"),
        (.storeConflict, "storeConflict"),
        (.bitsPerStepExceeded, "bitsPerStepExceeded"),
        (.firstStepBoundExceeded, "firstStepBoundExceeded"),
        (.fewerReportsThanAsked, "fewerReportsThanAsked"),
        (.sumBeyondField, "sumBeyondField"),
        (.clocksDiffer, "clocksDiffer"),
    ]

    private static let urisByType: [ProblemType: String] = {
        let dap = (dapTypes + [(.invalidTask, "invalidTask")]).map { ($0.0, dapNamespace + $0.1) }
        return Dictionary(uniqueKeysWithValues: dap + walkTypes.map { ($0.0, walkNamespace + $0.1) })
    }()

    private static let typesByURI = Dictionary(uniqueKeysWithValues: urisByType.map { ($1, $0) })

    package var uri: String {
        if case .other(let uri) = self { return uri }
        return Self.urisByType[self] ?? ""
    }

    package init(uri: String) {
        self = Self.typesByURI[uri] ?? .other(uri)
    }

    /// One line for people: a problem document's `title`.
    package var title: String {
        switch self {
        case .invalidMessage: "The message could not be parsed or is otherwise invalid."
        case .unrecognizedTask: "The task is unknown."
        case .unrecognizedAggregationJob: "The aggregation job is unknown."
        case .batchInvalid: "The query does not name a batch that can be collected."
        case .invalidBatchSize: "The batch has an invalid number of reports."
        case .invalidAggregationParameter: "The aggregation parameter is invalid."
        case .batchMismatch: "The aggregators disagree on the reports in the batch."
        case .stepMismatch: "The aggregators disagree on the current step."
        case .batchOverlap: "The query includes reports that were collected in another batch."
        case .unsupportedExtension: "An extension is unknown."
        case .invalidExtension: "An extension is invalid or out of order."
        case .invalidTask: "The aggregator takes no part in the task."
        case .walkEnded: "The walk has ended."
        case .walkBoundExceeded: "The step lies beyond a bound of the task."
        case .lateRejectionsExceeded: "More reports were rejected after the first step than the task allows."
        case .thresholdBelowMinimum: "The candidates need a threshold below the task's minimum."
        case .storeConflict: "A store is not the one that it was."
        case .bitsPerStepExceeded: "The step has too many candidates for the levels that it passes."
        case .firstStepBoundExceeded: "The first step lies beyond its bounds."
        case .fewerReportsThanAsked: "Fewer reports wait than are asked for."
        case .sumBeyondField: "The batch has too many reports for a sum."
        case .clocksDiffer: "The aggregators' clocks differ."
        case .other: "The request failed."
        }
    }
}
