import Aggregator
import Foundation
import NIOCore
import PopulusDAP
import PopulusHTTPRequests

/// What both aggregators tell each other of their clocks, on the Leader's side.
///
/// Spec: <doc:WalkExtension>
extension HelperExchange {
    func sayClock(in fields: inout [String: String]) {
        guard let clock else { return }
        fields[ClockStatement.fieldName] = clock.statement.fieldValue
    }

    func hearClock(in answer: DAPAnswer) {
        clock?.hear(answer.field(ClockStatement.fieldName).flatMap { ClockStatement(fieldValue: $0) })
    }

    /// The Helper's clock, heard of just now or asked for: with a GET of an aggregate share that is not there, which says
    /// nothing of any report.
    ///
    /// A Helper that does not know the field tells its time in `Date`, as every server with a clock does; one that tells
    /// neither gives nothing.
    ///
    /// - Parameter isAnew: whether it is asked for in any case.
    ///
    /// Spec: RFC 9110 §6.6.1
    func helperClock(task: TaskID, isAnew: Bool) async throws(PeerError) -> HelperClock? {
        guard let clock else { return nil }
        if !isAnew, let fresh = clock.fresh { return fresh }
        let heard: Heard
        do throws(PeerError) {
            let path = "tasks/\(task)/aggregate_shares/\(AggregateShareID.random())"
            heard = try await exchange(.get, path, within: .seconds(30))
        } catch {
            guard case .problem = error else { throw error }
            // No Helper's; the first message will show what it is.
            return nil
        }
        try await hearStore(in: heard.answer, ifSaid: true)
        if heard.answer.field(ClockStatement.fieldName) != nil, let fresh = clock.fresh { return fresh }
        try Self.checkServes(heard)
        guard let time = heard.answer.field("Date").flatMap({ Self.time($0) }) else { return nil }
        clock.hear(now: time)
        return clock.fresh
    }

    /// Whether it is the task's Helper that has answered; what else is wrong with it shows in the first message.
    private static func checkServes(_ heard: Heard) throws(PeerError) {
        guard case .refused(let refusal) = heard.outcome else { return }
        let isUnknown = [.unrecognizedTask, .invalidTask].contains(refusal.document?.type)
        guard isUnknown || refusal.isOfAFailingServer || [401, 403, 407].contains(refusal.status) else { return }
        throw failure(refusal)
    }

    /// The seconds since the Epoch of a `Date` field.
    static func time(_ value: String) -> UInt64? {
        HeaderFields.date(value).map { UInt64(max(0, $0.timeIntervalSince1970)) }
    }
}
