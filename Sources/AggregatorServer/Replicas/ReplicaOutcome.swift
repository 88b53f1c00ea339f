import Aggregator
import HTTPServing
import HTTPTypes
import PopulusDAP

/// What another process of the role says of a request that was passed on to it, in a field of its answer.
///
/// The rest of the answer is what a Leader would get. The field tells apart what looks alike there; and an answer without it
/// is nobody's verdict.
package enum ReplicaOutcome: String, CaseIterable, Sendable {
    case ready, processing
    case problem
    case unsupportedExtensions = "unsupported-extensions"
    case unsupportedMediaType = "unsupported-media-type"
    case clocksDiffer = "clocks-differ"
    case notFound = "not-found"
    case failed
    case storeFull = "store-full"
    case storeAway = "store-away"
    case storeUncertain = "store-uncertain"
    case storeFailed = "store-failed"
    case elsewhere
    case failedHere = "internal"

    package static let fieldName = "Populus-Outcome"

    init(_ error: AggregatorError) {
        self =
            switch error {
            case .problem: .problem
            case .unsupportedExtensions: .unsupportedExtensions
            case .unsupportedMediaType: .unsupportedMediaType
            case .clocksDiffer: .clocksDiffer
            case .notFound: .notFound
            case .failed: .failed
            case .store(.full): .storeFull
            case .store(.moved), .store(.putBack): .storeAway
            case .store(.uncertain): .storeUncertain
            case .store: .storeFailed
            case .elsewhere: .elsewhere
            case .internal: .failedHere
            }
    }
}

extension ReplicaOutcome {
    /// The answer of a Helper's process to another one.
    static func response(_ answer: AggregationJobAnswer) -> ServerResponse {
        var headers: HTTPFields = [.cacheControl: "no-store"]
        switch answer.state {
        case .processing(let pause):
            headers[.retryAfter] = pause.map { "\(ResourceAnswer.seconds($0))" }
            return ServerResponse(status: .ok, headers: headers).saying(.processing)
        case .ready(let body, let mediaType):
            headers[.contentType] = mediaType.description
            return ServerResponse(status: .ok, headers: headers, body: body).saying(.ready)
        }
    }

    static func response(_ error: AggregatorError, task: TaskID) -> ServerResponse {
        Problems.response(for: error, task: task).saying(ReplicaOutcome(error))
    }
}

extension ServerResponse {
    fileprivate func saying(_ outcome: ReplicaOutcome) -> Self {
        var response = self
        if let name = HTTPField.Name(ReplicaOutcome.fieldName) { response.headers[name] = outcome.rawValue }
        return response
    }
}

/// How an answer of another process is read.
extension ReplicaOutcome {
    /// What a process may make of another one's answer.
    package struct Reply: Sendable {
        package var status: Int
        /// That of the field, if there is one.
        package var outcome: String?
        package var mediaType: MediaType?
        package var retryAfter: Duration?
        package var body: [UInt8]

        package init(status: Int, outcome: String?, mediaType: MediaType?, retryAfter: Duration?, body: [UInt8]) {
            (self.status, self.outcome, self.mediaType) = (status, outcome, mediaType)
            (self.retryAfter, self.body) = (retryAfter, body)
        }
    }

    /// What the other process has answered.
    ///
    /// - Throws: what it refused the request with. Whatever is no answer of such a process is `.elsewhere`: the Leader asks
    ///   again, and nothing was decided.
    package static func read(_ reply: Reply) throws(AggregatorError) -> ResourceState {
        guard let outcome = reply.outcome.flatMap(ReplicaOutcome.init) else {
            throw .elsewhere("what answered there with \(reply.status) is no process of this aggregator")
        }
        switch outcome {
        case .ready:
            guard reply.status == 200, let mediaType = reply.mediaType else { break }
            return .ready(body: reply.body, mediaType: mediaType)
        case .processing:
            guard reply.status == 200, reply.body.isEmpty else { break }
            return .processing(retryAfter: reply.retryAfter)
        default:
            guard let error = outcome.error(reply.status, ProblemDocument(decoding: reply.body)) else { break }
            throw error
        }
        throw .elsewhere("an answer of another process makes no sense: \(outcome.rawValue) with \(reply.status)")
    }

    /// What was refused; its reason where it stands in the document, and otherwise in the other process's log.
    private func error(_ status: Int, _ document: ProblemDocument?) -> AggregatorError? {
        let reason = "another process of this aggregator says so: its log says why"
        switch self {
        case .ready, .processing: return nil
        case .problem:
            guard let type = document?.type, let detail = document?.detail else { return nil }
            return .problem(type, detail: detail)
        case .unsupportedExtensions: return document?.unsupportedExtensions.map { .unsupportedExtensions($0) }
        case .clocksDiffer: return document?.detail.map { .clocksDiffer(detail: $0) }
        case .failed: return document.map { .failed($0, status: status) }
        case .unsupportedMediaType: return .unsupportedMediaType
        case .notFound: return .notFound
        case .storeFull: return .store(.full(reason))
        case .storeAway: return .store(.moved(reason))
        case .storeUncertain: return .store(.uncertain(reason))
        case .storeFailed: return .store(.server(reason))
        case .elsewhere: return .elsewhere("another process has the job no more")
        case .failedHere: return .internal(reason)
        }
    }
}
