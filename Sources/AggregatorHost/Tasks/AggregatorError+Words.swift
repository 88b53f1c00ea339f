import Aggregator

extension AggregatorError {
    /// In words for an operator.
    var words: String {
        switch self {
        case .problem(_, let detail), .clocksDiffer(let detail), .elsewhere(let detail), .internal(let detail): detail
        case .unsupportedExtensions(let types):
            "extensions that are not known here: " + types.map { "0x" + String($0, radix: 16) }.joined(separator: ", ")
        case .store(let error): "\(error)"
        case .failed(let problem, let status): problem.detail ?? problem.title ?? "status \(status)"
        case .unsupportedMediaType: "another media type is expected"
        case .notFound: "no such job is known here"
        }
    }
}
