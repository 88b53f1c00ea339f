import PopulusDAP
import PopulusKernels
import PopulusVDAF
import PopulusWireCodec

/// A batch's aggregate, opened and checked for itself.
package struct BatchAnswer: Hashable, Sendable {
    package let result: BatchResult
    package let reports: UInt64
    /// The smallest interval with all reports of the batch.
    package let interval: Interval

    /// Opens both aggregate shares and adds them up.
    ///
    /// Spec: DAP §4.6.6, §4.6.7
    ///
    /// - Parameters:
    ///   - body: a `CollectionJobResp`.
    ///   - request: the bytes that were asked.
    package init(body: [UInt8], request: [UInt8], task: BatchTask) throws(CollectorError) {
        let asked: CollectionJobReq
        let answer: CollectionJobResp
        do throws(WireError) {
            asked = try CollectionJobReq(decoding: request)
        } catch {
            throw .inconsistent("the request in the state file cannot be read")
        }
        do throws(WireError) {
            answer = try CollectionJobResp(decoding: body)
        } catch {
            throw .malformedAnswer("the collection job's result cannot be read")
        }
        try Self.check(answer, against: asked, task.configuration)
        let associatedData = AggregateShareAad(
            taskID: task.id, taskConfiguration: task.configuration, collectionJobReq: asked
        ).encoded()
        var shares: [[UInt8]] = []
        defer { for index in shares.indices { shares[index].wipe() } }
        for (role, ciphertext) in [
            (Role.leader, answer.leaderEncryptedAggregateShare), (Role.helper, answer.helperEncryptedAggregateShare),
        ] {
            // Why a ciphertext does not open HPKE does not tell.
            guard
                let share = try? task.keyPair.open(
                    ciphertext, label: .aggregateShare(sender: role), associatedData: associatedData)
            else { throw .shareDoesNotOpen(role) }
            shares.append(share)
        }
        // It is their lengths, or what the sum does not allow: one sentence for both.
        guard let count = Int(exactly: answer.reportCount),
            let sum = try? Self.sum(shares, asked.aggregationParameter, count: count, task)
        else { throw .inconsistent("the two aggregate shares do not add up to a result") }
        let most = task.configuration.vdaf.greatestReportCount(with: task.noise)
        guard answer.reportCount <= most else { throw .sumBeyondField(reports: answer.reportCount, most: most) }
        let bounds = BatchBounds(vdaf: task.configuration.vdaf, reports: answer.reportCount)
        switch sum {
        case .noisy(let noisy):
            guard bounds.allow(noisy, noise: task.noise?.reach ?? 0) else {
                throw .inconsistent(
                    "\(answer.reportCount) valid reports cannot have the result that the shares add up to, "
                        + "whatever the noise")
            }
            result = noisy
        case .exact(let exact):
            guard bounds.allow(exact), let signed = BatchResult(exact) else {
                throw .inconsistent(
                    "\(answer.reportCount) valid reports cannot have the result that the shares add up to")
            }
            result = signed
        }
        reports = answer.reportCount
        interval = answer.interval
    }

    /// Two shares together.
    private enum Sum {
        case exact(VdafResult)
        case noisy(BatchResult)
    }

    private static func sum(
        _ shares: [[UInt8]], _ aggregationParameter: [UInt8], count: Int, _ task: BatchTask
    ) throws(VDAFError) -> Sum {
        guard task.noise != nil else {
            return .exact(
                try task.vdaf.unshard(
                    aggregationParameter: aggregationParameter, aggregateShares: shares, count: count))
        }
        let numbers = try task.vdaf.signedSums(
            aggregationParameter: aggregationParameter, aggregateShares: shares)
        switch task.configuration.vdaf.scheme.result {
        case .share, .sum:
            guard let number = numbers.first else { throw .wrongElementCount }
            return .noisy(.number(number))
        case .chart, .candidates: return .noisy(.vector(numbers))
        }
    }

    private static func check(
        _ answer: CollectionJobResp, against asked: CollectionJobReq, _ configuration: TaskConfiguration
    ) throws(CollectorError) {
        guard answer.reportCount >= configuration.minBatchSize else {
            throw .inconsistent(
                "the answer counts \(answer.reportCount) reports, fewer than the task's smallest batch")
        }
        switch asked.query {
        case .timeInterval(let interval):
            guard interval.contains(answer.interval) else {
                throw .inconsistent("the batch has reports of another time than was asked for")
            }
        case .leaderSelected:
            guard answer.interval.isWellFormed else { throw .inconsistent("the batch's interval has no end") }
        }
    }
}
