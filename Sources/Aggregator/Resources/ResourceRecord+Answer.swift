import PopulusDAP

extension ResourceRecord {
    /// What the resource is answered with: its stored representation, nothing while it is being worked at.
    ///
    /// - Throws: `notFound` once it was deleted, `failed` with the problem that ended it.
    func answer() throws(AggregatorError) -> [UInt8]? {
        switch state {
        case .running: return nil
        case .released: return response
        case .deleted: throw .notFound
        case .failed: throw .failed(try problem, status: failureStatus)
        }
    }

    /// The problem document that ended it.
    var problem: ProblemDocument {
        get throws(AggregatorError) {
            guard let problem = ProblemDocument(decoding: response) else { throw .store(.damaged("problem")) }
            return problem
        }
    }
}
