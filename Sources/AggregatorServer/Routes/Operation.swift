import HTTPTypes
import NIOCore
import PopulusDAP

/// What can be asked of an aggregator, by whom, and how large the question may be.
package enum Operation: String, CaseIterable, Sendable {
    case health
    case hpkeConfig
    case upload
    case createCollectionJob
    case collectionJob
    case deleteCollectionJob
    case rejections
    case createAggregationJob
    case postAggregationJob
    case aggregationJob
    case deleteAggregationJob
    case createAggregateShare
    case aggregateShare
    case deleteAggregateShare
    case status
    /// A browser asks, for a page of another origin, whether it may ask for something else: no row of the table.
    case preflight
}

/// One row of ``RouteTable``.
package struct RouteRow: Sendable {
    /// Who must show a bearer token.
    package enum Caller: String, Sendable {
        case anyone
        /// A client, which shows an upload token where the task has some.
        case client
        case leader
        case collector

        /// Whether it is a single party, which the task's files have a token of: strangers are all the others, and whoever
        /// has a token that all clients carry.
        package var isParty: Bool { self == .leader || self == .collector }
    }

    package let operation: Operation
    /// The roles that serve it.
    package let roles: Set<Role>
    package let method: HTTPRequest.Method
    /// `{task}`, `{job}` and `{share}` stand for one segment each.
    package let path: [String]
    package let caller: Caller
    /// The greatest body, in bytes.
    package let maximumBody: Int
    package let mediaTypes: [MediaType]
    /// The longest time that a whole body may take.
    package let bodyDeadline: TimeAmount
}

/// Every resource of both aggregators.
///
/// The one place where the greatest bodies stand: the server enforces this table,
/// `--help` prints it, and <doc:Resources> repeats it (a test compares them).
package enum RouteTable {
    private static let both: Set<Role> = [.leader, .helper]
    private static let task = ["tasks", "{task}"]

    package static let rows: [RouteRow] = [
        row(.health, both, .get, ["healthz"]),
        row(.hpkeConfig, both, .get, ["hpke_config"]),
        row(.upload, [.leader], .post, task + ["reports"], by: .client, body: 8 << 20, [.uploadRequest]),
        row(
            .createCollectionJob, [.leader], .post, task + ["collection_jobs"], by: .collector, body: 16 << 20,
            [.collectionJobReq]),
        row(.collectionJob, [.leader], .get, task + ["collection_jobs", "{job}"], by: .collector),
        row(.deleteCollectionJob, [.leader], .delete, task + ["collection_jobs", "{job}"], by: .collector),
        row(.rejections, [.leader], .get, task + ["collection_jobs", "{job}", "rejections"], by: .collector),
        row(
            .createAggregationJob, [.helper], .post, task + ["aggregation_jobs"], by: .leader, body: 36 << 20,
            [.aggregationJobInitReq]),
        row(
            .postAggregationJob, [.helper], .post, task + ["aggregation_jobs", "{job}"], by: .leader, body: 36 << 20,
            [.aggregationJobContinueReq, .walkEvaluateReq, .walkVerdictReq]),
        row(.aggregationJob, [.helper], .get, task + ["aggregation_jobs", "{job}"], by: .leader),
        row(.deleteAggregationJob, [.helper], .delete, task + ["aggregation_jobs", "{job}"], by: .leader),
        row(
            .createAggregateShare, [.helper], .post, task + ["aggregate_shares"], by: .leader, body: 17 << 20,
            [.aggregateShareReq, .walkAggregateShareReq, .walkFinishReq]),
        row(.aggregateShare, [.helper], .get, task + ["aggregate_shares", "{share}"], by: .leader),
        row(.deleteAggregateShare, [.helper], .delete, task + ["aggregate_shares", "{share}"], by: .leader),
        row(.status, [.leader], .get, task + ["status"], by: .collector),
        row(.status, [.helper], .get, task + ["status"], by: .leader),
    ]

    private static func row(
        _ operation: Operation, _ roles: Set<Role>, _ method: HTTPRequest.Method, _ path: [String],
        by caller: RouteRow.Caller = .anyone, body: Int = 0, _ mediaTypes: [MediaType] = []
    ) -> RouteRow {
        // The known peer may be slow on a busy day; an unknown client gets a minute.
        RouteRow(
            operation: operation, roles: roles, method: method, path: path, caller: caller, maximumBody: body,
            mediaTypes: mediaTypes, bodyDeadline: caller.isParty ? .minutes(5) : .seconds(60))
    }

    /// The greatest body of all that a role takes.
    package static func greatestBody(of role: Role) -> Int {
        rows.filter { $0.roles.contains(role) }.map(\.maximumBody).max() ?? 0
    }

    /// A line for each resource of a role: method, path, greatest body.
    package static func description(of role: Role) -> String {
        let rows = rows.filter { $0.roles.contains(role) }.map { row in
            (
                "\(row.method.rawValue) /\(row.path.joined(separator: "/"))",
                row.maximumBody == 0 ? "no body" : "at most \(row.maximumBody >> 20) MiB"
            )
        }
        let width = rows.map(\.0.count).max() ?? 0
        return rows.map { $0.0 + String(repeating: " ", count: width - $0.0.count + 2) + $0.1 }
            .joined(separator: "\n")
    }

    /// The row among those of a path that serves a method; HEAD is served where GET is.
    static func row(for method: HTTPRequest.Method, among rows: [RouteRow]) -> RouteRow? {
        let served = method == .head ? .get : method
        return rows.first { $0.method == served }
    }

    /// The methods that the rows of a path serve.
    static func methods(of rows: [RouteRow]) -> [HTTPRequest.Method] {
        rows.flatMap { $0.method == .get ? [.get, .head] : [$0.method] }
    }

    /// The rows of a role whose paths match.
    static func match(_ segments: [Substring], role: Role) -> [RouteRow] {
        rows.filter { row in
            row.roles.contains(role) && row.path.count == segments.count
                && zip(row.path, segments).allSatisfy { $0.hasPrefix("{") ? !$1.isEmpty : $0 == $1 }
        }
    }
}
