import PopulusDAP

/// Several processes on one store: a request goes to whoever has the job in memory, and any of them takes the jobs of one
/// that has died.
extension Helper: ReplicaService {
    package func answer(forwarded request: JobRequest) async throws(AggregatorError) -> AggregationJobAnswer {
        if request.kind == .create, request.id != Self.jobID(task.id, digest: request.digest) {
            throw .invalidMessage("the job is not the one that the message creates")
        }
        return try await answer(request, isForwarded: true)
    }

    /// Answers a request, or has the process answer it whose job it is about.
    func answer(_ request: JobRequest, isForwarded: Bool = false) async throws(AggregatorError) -> AggregationJobAnswer
    {
        guard claims.isShared, strategy.keepsJobs else {
            return try await wrapping { try await self.answerHere(request) }
        }
        return try await wrapping {
            for _ in 0..<Self.greatestTurns {
                do {
                    // Not under the job's lock: two processes that pass on to each other would wait for ever.
                    if let owner = try await self.placeElsewhere(request) {
                        return try await self.passOn(request, to: owner, isForwarded: isForwarded)
                    }
                    return try await self.answerHere(request)
                } catch let lost as ClaimLost {
                    self.claims.drop(lost.work)
                    self.strategy.letGo(request.id)
                }
            }
            throw AggregatorError.elsewhere("a job goes from process to process")
        }
    }

    /// How often a request looks anew for its job's process.
    private static var greatestTurns: Int { 4 }

    /// Who else has a job; nothing once this process has it, or where nobody is to have it any more.
    private func placeElsewhere(_ request: JobRequest) async throws -> WorkOwner? {
        let (id, work, strategy) = (request.id, Work.job(request.id), strategy)
        guard claims[work] == nil else { return nil }
        let (replica, isPoll) = (claims.replica, request.kind.isPoll)
        let (owner, isGoingOn) = try await store.read("a job's process") { transaction in
            (try transaction.isElsewhere(work, than: replica), try strategy.isGoingOn(id, in: transaction))
        }
        // One that does not exist yet is claimed as its reports are bound.
        guard owner == nil, isGoingOn, !isPoll else { return owner }
        strategy.letGo(id)
        guard try await claims.take(work) == nil else { return nil }
        throw ClaimLost(work: work)
    }

    private func passOn(
        _ request: JobRequest, to owner: WorkOwner, isForwarded: Bool
    ) async throws(AggregatorError) -> AggregationJobAnswer {
        guard !isForwarded, let link else { throw .elsewhere("the job is another process's") }
        moved.notePassedOn()
        do throws(AggregatorError) {
            return try await wrapping {
                try await self.whileAlive(owner, of: .job(request.id)) { [task] in
                    try await link.forward(request, task: task.id, to: owner.address)
                }
            }
        } catch {
            if case .elsewhere = error { moved.noteLost() }
            throw error
        }
    }

    /// Waits for a process as long as it lives: one that stands still would hold the request far beyond that.
    ///
    /// - Throws: `.elsewhere` once the work is the process's no more; the next request finds who has it then.
    private func whileAlive<T: Sendable>(
        _ owner: WorkOwner, of work: Work, _ answer: @escaping @Sendable () async throws -> T
    ) async throws -> T {
        try await withThrowingTaskGroup(of: T?.self) { group in
            group.addTask { try await answer() }
            group.addTask {
                await self.untilGone(owner, of: work)
                return nil
            }
            defer { group.cancelAll() }
            guard let first = try await group.next(), let answer = first else {
                throw AggregatorError.elsewhere("the job's process has ended, or lost it")
            }
            return answer
        }
    }

    /// Returns when a process has some work no more, or the calling task is cancelled.
    private func untilGone(_ owner: WorkOwner, of work: Work) async {
        while !Task.isCancelled {
            await clock.pause(store.replica.life / 4)
            do {
                // Nobody has what is over.
                guard let now = try await store.read("a job's process", { try $0.owner(of: work) }) else { return }
                if !now.isAlive || now.replica != owner.replica { return }
            } catch {
                // Where the store is away nobody's life ends by it.
                continue
            }
        }
    }

    /// Notices what other processes have ended, and works at what one has left behind that has died.
    func lookAtOthers() async {
        let subject = DrivenSubject(what: "other processes cannot be looked at")
        while !Task.isCancelled {
            let changes = store.changes()
            _ = await driver.attempt(subject) {
                try await strategy.lookAtOthers()
                for item in try await freeItems() where try await claims.take(item.work) != nil { background.add(item) }
            }
            await changes.next(waitingUpTo: settings.replicaPause, on: clock)
        }
    }

    /// What was accepted, is to be answered later, and is no living process's.
    func freeItems() async throws -> [BackgroundQueue.Item] {
        let replica = claims.replica
        return try await store.read("requests left behind") { transaction in
            let items =
                try transaction.waitingBatchJobs().map { BackgroundQueue.Item.job($0) }
                + transaction.runningResources().map { BackgroundQueue.Item.share($0.shareID) }
            return try items.filter { item in
                guard let owner = try transaction.owner(of: item.work) else { return true }
                return !owner.isAlive && owner.replica != replica
            }
        }
    }
}

extension JobRequest {
    package init(kind: Kind, id: AggregationJobID, body: [UInt8]) {
        self.init(kind: kind, id: id, body: body, digest: Self.digest(of: body))
    }
}

extension JobRequest.Kind {
    fileprivate var isPoll: Bool { if case .poll = self { true } else { false } }
}

extension BackgroundQueue.Item {
    /// What a process claims of it.
    var work: Work {
        switch self {
        case .job(let id): .job(id)
        case .share(let id): .resource(ResourceID(id))
        }
    }
}
