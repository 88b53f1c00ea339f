import PopulusDAP
import PopulusDurableFiles
import PrefixWalk

/// Why an aggregator refuses a request.
///
/// AggregatorServer has the one table from here to status codes.
package enum AggregatorError: Error, Sendable, Equatable {
    /// A problem of DAP or of the walk extension; `detail` is for people and holds nothing secret.
    case problem(ProblemType, detail: String)
    /// Extension code points that are not known here, in the order of the message.
    case unsupportedExtensions([UInt16])
    /// A media type that the resource does not take.
    case unsupportedMediaType
    /// The aggregators' clocks differ: nothing was done, and the same request may be sent again when they agree.
    case clocksDiffer(detail: String)
    /// No such collection job or aggregate share (an unknown aggregation job is a `.problem`).
    case notFound
    /// The collection job failed with a problem that is told again to everyone who asks, under its status.
    case failed(ProblemDocument, status: Int)
    /// The store failed: nothing was acknowledged, and the same request may be sent again.
    case store(StoreError)
    /// Another process of this aggregator has the job in memory and cannot be reached now: the same request may be sent again.
    case elsewhere(String)
    /// Something in this aggregator failed that is neither the request's fault nor the store's.
    case `internal`(String)
}

extension AggregatorError {
    /// What a store call or a computation threw, as this module's error.
    init(wrapping error: any Error) {
        switch error {
        case let error as AggregatorError: self = error
        case let error as StoreError: self = .store(error)
        case PrefixWalkError.file(let error):
            self = .store(StoreError("a walk's file, \(error.operation)", error))
        default: self = .internal("\(type(of: error))")
        }
    }

    /// Why the extensions of a collection job are refused.
    init(collection refusal: ExtensionRefusal) {
        self = Self(refusal, of: "collection", refusal.collectionProblemType)
    }

    /// Why the extensions of an aggregation job are refused.
    init(aggregation refusal: ExtensionRefusal) {
        self = Self(refusal, of: "aggregation", refusal.aggregationProblemType)
    }

    private init(_ refusal: ExtensionRefusal, of kind: String, _ type: ProblemType) {
        self =
            refusal.unsupportedExtensions.map { .unsupportedExtensions($0) }
            ?? .problem(type, detail: "\(kind) job extensions: \(refusal)")
    }

    static let unknownJob = Self.problem(.unrecognizedAggregationJob, detail: "no such aggregation job")
    static func invalidMessage(_ detail: String) -> AggregatorError { .problem(.invalidMessage, detail: detail) }
    static func stepMismatch(_ detail: String) -> AggregatorError { .problem(.stepMismatch, detail: detail) }
}
