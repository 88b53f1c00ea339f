import Aggregator
import AsyncHTTPClient
import DAP
import Foundation
import HTTPRequests
import NIOCore

/// What both aggregators tell each other of their clocks, on the Leader's side.
///
/// Spec: <doc:WalkExtension>
extension HelperExchange {
    func sayClock(in request: inout HTTPClientRequest) {
        guard let clock else { return }
        request.headers.add(name: ClockStatement.fieldName, value: clock.statement.fieldValue)
    }

    func hearClock(in response: HTTPClientResponse) {
        clock?.hear(response.headers.first(name: ClockStatement.fieldName).flatMap { ClockStatement(fieldValue: $0) })
    }

    /// The Helper's clock, heard of just now or asked for: with a GET of an aggregate share that is not there, which says
    /// nothing of any report.
    ///
    /// A Helper that does not know the field tells its time in `Date`, as every server with a clock does; one that tells
    /// neither gives nothing.
    ///
    /// Spec: RFC 9110 §6.6.1
    func helperClock(task: TaskID) async throws(PeerError) -> HelperClock? {
        guard let clock else { return nil }
        if let fresh = clock.fresh { return fresh }
        let response: HTTPClientResponse
        let content: [UInt8]
        do throws(PeerError) {
            let path = "tasks/\(task)/aggregate_shares/\(AggregateShareID.random())"
            (response, content) = try await exchange(.GET, path, within: .seconds(30))
        } catch {
            guard case .problem = error else { throw error }
            // No Helper's; the first message will show what it is.
            return nil
        }
        try hearStore(in: response, ifSaid: true)
        if let fresh = clock.fresh { return fresh }
        try Self.checkServes(response, content)
        guard let time = response.headers.first(name: "Date").flatMap({ Self.time($0) }) else { return nil }
        clock.hear(now: time)
        return clock.fresh
    }

    /// Whether it is the task's Helper that has answered; what else is wrong with it shows in the first message.
    private static func checkServes(_ response: HTTPClientResponse, _ content: [UInt8]) throws(PeerError) {
        let status = Int(response.status.code)
        let isUnknown = ProblemDocument(decoding: content)?.type == .unrecognizedTask
        guard isUnknown || status >= 500 || [401, 403, 407, 408, 425, 429].contains(status) else { return }
        try check(response, content)
    }

    /// The seconds since the Epoch of a `Date` field.
    static func time(_ value: String) -> UInt64? {
        HeaderFields.date(value).map { UInt64(max(0, $0.timeIntervalSince1970)) }
    }
}
