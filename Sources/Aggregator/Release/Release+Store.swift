import PopulusDAP

extension StoreTransaction {
    /// Makes an answer durable with what it releases, before anyone sees it, so that a repeated question gets the same
    /// bytes (rules 6 and 7); erases what has served.
    ///
    /// Whoever calls it has seen in this very transaction that nobody else has answered.
    ///
    /// - Parameter now: seconds since the Epoch.
    @discardableResult
    func store(
        _ sealed: SealedRelease, _ answer: [UInt8], as resource: ResourceRecord, at now: UInt64
    ) throws -> ResourceRecord {
        // The operator's word came first: nothing leaves after it.
        if try isStopped { throw AggregatorError.ended(ofWalks: sealed.release.isStep, by: sealed.role) }
        var resource = resource
        (resource.state, resource.answeredAt) = (.released, now)
        resource.response = answer
        switch sealed.release.subject {
        case .step(let total, var step, _, _):
            step.reportCount = total.count
            step.resource = resource.id
            try updateStep(step)
            guard var walk = try walk(step.walk) else { throw StoreError.damaged("walk is missing") }
            walk.initialCount = total.initialCount
            try updateWalk(walk)
            if sealed.release.isLeaf { try end(&walk, .completed) }
        case .batch(_, let keys): try eraseShares(keys)
        }
        try updateResource(resource)
        return resource
    }
}
