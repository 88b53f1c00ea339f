import PopulusDAP
import PopulusVDAF
import Synchronization

/// What is known of the history of the walks at work without asking the store again.
///
/// A step's parameter never changes once it is durable, nor does its count once it is there: only what a read
/// transaction saw, hence what is durable, is kept. The rest is read each time.
final class WalkHistories: Sendable {
    /// A step as it was asked.
    struct Step: Sendable {
        let parameter: Poplar1AggregationParameter
        /// The same as it is on the wire.
        let encoded: [UInt8]
        /// How many reports the step accepted; nothing until this aggregator's share of it is stored.
        let reportCount: UInt64?
    }

    private let bits: Int
    private let known = Mutex<[WalkID: [Step]]>([:])

    /// - Parameter bits: the length of the strings of all walks.
    init(bits: Int) { self.bits = bits }

    /// A durable step, if it was seen before.
    func step(_ walk: WalkID, _ step: UInt16) -> Step? {
        known.withLock { known in
            guard let steps = known[walk], step < steps.count else { return nil }
            return steps[Int(step)]
        }
    }

    /// All steps of a walk that are known to be durable, if those up to `step` are.
    func steps(_ walk: WalkID, through step: UInt16) -> [Step]? {
        known.withLock { known in known[walk].flatMap { $0.count > step ? $0 : nil } }
    }

    /// A walk's steps as a transaction sees them, oldest first.
    func steps(_ walk: WalkID, in transaction: any StoreTransaction) throws -> [Step] {
        var steps = known.withLock { $0[walk] } ?? []
        // Whether the last one has come to its end may have changed.
        while let last = steps.last, last.reportCount == nil { steps.removeLast() }
        for record in try transaction.steps(walk, from: UInt16(clamping: steps.count)) {
            let parameter: Poplar1AggregationParameter
            do { parameter = try Poplar1AggregationParameter(decoding: record.parameter, bits: bits) } catch {
                throw StoreError.damaged("aggregation parameter of step \(record.step)")
            }
            steps.append(Step(parameter: parameter, encoded: record.parameter, reportCount: record.reportCount))
        }
        return steps
    }

    /// Rule 2's history of a walk as a transaction sees it.
    func history(of walk: WalkRecord?, in transaction: any StoreTransaction) throws -> WalkHistory {
        guard let walk else { return WalkHistory() }
        let steps = try steps(walk.id, in: transaction)
        return WalkHistory(
            steps: steps.map { WalkHistory.Step(parameter: $0.parameter, reportCount: $0.reportCount) }, end: walk.end)
    }

    /// Keeps what a read transaction saw.
    func keep(_ steps: [Step], of walk: WalkID) {
        known.withLock { known in
            if steps.count >= known[walk]?.count ?? 0 { known[walk] = steps }
        }
    }

    func forget(_ walk: WalkID) { known.withLock { $0[walk] = nil } }
}
