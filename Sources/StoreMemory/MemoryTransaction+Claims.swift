import Aggregator
import PopulusDAP

/// Who works at what.
struct MemoryClaim: Sendable {
    var replica: ReplicaID
    var token: Int64
    var progress = 0
}

extension MemoryTransaction {
    func take(_ work: Work) throws -> Claim? {
        guard let replicas else { return Claim(work: work, token: 0) }
        let known = tables.owners[work]
        if let known, known.replica == replica { return Claim(work: work, token: known.token) }
        if let known, replicas.isAlive(known.replica) { return nil }
        let token = (known?.token ?? 0) + 1
        try change { $0.owners[work] = MemoryClaim(replica: replica, token: token) }
        return Claim(work: work, token: token)
    }

    func holds(_ claim: Claim) throws -> Bool {
        guard replicas != nil else { return true }
        guard let known = tables.owners[claim.work] else { return false }
        return known.replica == replica && known.token == claim.token
    }

    func owner(of work: Work) throws -> WorkOwner? {
        guard let replicas, let known = tables.owners[work] else { return nil }
        return WorkOwner(
            replica: known.replica, address: replicas.entries[known.replica]?.address ?? "",
            isAlive: replicas.isAlive(known.replica), token: known.token, progress: known.progress)
    }

    func note(_ claim: Claim, progress: Int) throws -> Bool {
        guard try holds(claim) else { return false }
        try change { $0.owners[claim.work]?.progress = progress }
        return true
    }

    func forget(_ work: Work) throws {
        guard replicas != nil, tables.owners[work] != nil else { return }
        try change { $0.owners[work] = nil }
    }

    func tellOthers() throws { tellsOthers = true }
}
