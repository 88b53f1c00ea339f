import Aggregator

extension BrokenTransaction {
    func take(_ work: Work) throws -> Claim? { try writing { try $0.take(work) } }

    func holds(_ claim: Claim) throws -> Bool { try fault == .ignoreTokens || reading { try $0.holds(claim) } }

    func owner(of work: Work) throws -> WorkOwner? { try reading { try $0.owner(of: work) } }

    func note(_ claim: Claim, progress: Int) throws -> Bool { try writing { try $0.note(claim, progress: progress) } }

    func forget(_ work: Work) throws { try writing { try $0.forget(work) } }

    func tellOthers() throws { try writing { try $0.tellOthers() } }
}
