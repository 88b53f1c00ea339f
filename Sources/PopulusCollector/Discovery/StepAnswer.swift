import PopulusDAP
import PopulusKernels
import PopulusStringCodec
import PopulusVDAF
import PopulusWireCodec

/// One step's answer, opened and checked for itself.
package struct StepAnswer: Sendable {
    /// The question, read back from the request's bytes.
    package let question: WalkQuestion
    /// One number for each candidate, in candidate order; with noise it may be below zero, or more than the reports.
    package let votes: [Int64]
    package let reports: UInt64
    package let lateRejections: UInt64
    package let batchSelector: BatchSelector
    /// The smallest interval with all reports, by what the Leader says.
    package let interval: Interval

    /// Opens both aggregate shares and adds them up.
    ///
    /// - Parameters:
    ///   - body: a `WalkCollectionJobResp`.
    ///   - request: the bytes that were asked.
    package init(body: [UInt8], request: [UInt8], task: DiscoveryTask) throws(CollectorError) {
        let asked: CollectionJobReq
        let answer: WalkCollectionJobResp
        let parameter: Poplar1AggregationParameter
        let poplar1: Poplar1
        do {
            asked = try CollectionJobReq(decoding: request)
            poplar1 = try Poplar1(bits: task.bits)
            parameter = try poplar1.decodeAggregationParameter(asked.aggregationParameter)
            question = WalkQuestion(level: parameter.level, candidates: parameter.prefixes)
        } catch {
            throw .inconsistent("the request in the state file cannot be read")
        }
        do throws(WireError) {
            answer = try WalkCollectionJobResp(decoding: body)
        } catch {
            throw .malformedAnswer("the collection job's result cannot be read")
        }
        guard answer.batchSelector.isConsistent(with: asked.query) else {
            throw .inconsistent("the batch is none that was asked for")
        }
        let base = AggregateShareAad(
            taskID: task.id, taskConfiguration: task.configuration, collectionJobReq: asked)
        let associatedData = answer.aggregateShareAad(base: base).encoded()
        var shares: [FieldVec] = []
        for (role, ciphertext) in [
            (Role.leader, answer.result.leaderEncryptedAggregateShare),
            (Role.helper, answer.result.helperEncryptedAggregateShare),
        ] {
            // Why a ciphertext does not open HPKE does not tell.
            guard
                var bytes = try? task.keyPair.open(
                    ciphertext, label: .aggregateShare(sender: role), associatedData: associatedData)
            else { throw .shareDoesNotOpen(role) }
            defer { bytes.wipe() }
            // It is the number of elements, or one of them is none of the field: its shape.
            guard let share = try? poplar1.decodeAggregateShare(bytes, parameter) else {
                throw .malformedAnswer("the \(role)'s aggregate share has the wrong shape")
            }
            shares.append(share)
        }
        reports = answer.result.reportCount
        lateRejections = answer.lateRejections
        batchSelector = answer.batchSelector
        interval = answer.result.interval
        let isExact = task.walk.noise == .none
        // It is a sum beyond the reports, or lengths that differ: one sentence for both.
        guard let reportCount = Int(exactly: reports),
            let counts = try? Self.counts(shares, parameter, poplar1, isExact: isExact, reportCount: reportCount)
        else { throw .inconsistent("the two aggregate shares do not add up to counts of \(reports) reports") }
        votes = counts
        if isExact {
            try checkSum()
        } else {
            try checkRange(task.walk.noise.reach(isLeaf: parameter.level == task.bits - 1))
        }
    }

    /// No noise takes a count so far from all that the reports can have: then the shares are not of one sum.
    private func checkRange(_ reach: UInt64) throws(CollectorError) {
        let (least, greatest) = (-Int128(reach), Int128(reports) + Int128(reach))
        guard votes.allSatisfy({ least <= Int128($0) && Int128($0) <= greatest }) else {
            throw .inconsistent("the two aggregate shares do not add up to counts of \(reports) reports with noise")
        }
    }

    /// The sums of both shares; where they are exact none is above the number of reports.
    private static func counts(
        _ shares: [FieldVec], _ parameter: Poplar1AggregationParameter, _ poplar1: Poplar1, isExact: Bool,
        reportCount: Int
    ) throws(VDAFError) -> [Int64] {
        guard isExact else { return try poplar1.signedSums(parameter, aggregateShares: shares).map { Int64($0) } }
        return try poplar1.unshard(parameter, aggregateShares: shares, reportCount: reportCount).map { Int64($0) }
    }

    /// A report begins with one candidate at most.
    private func checkSum() throws(CollectorError) {
        let sum = votes.reduce(0 as Int128) { $0 + Int128($1) }
        guard sum <= reports else {
            throw .inconsistent("the candidates have \(sum) votes from \(reports) reports")
        }
    }
}
