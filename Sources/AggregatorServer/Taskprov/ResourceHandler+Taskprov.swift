import Aggregator
import HTTPServing
import HTTPTypes
import PopulusDAP
import PopulusTLS

/// Tasks that requests bring, where the operator wants some.
///
/// Without a desk the field is ignored, whatever it holds.
///
/// Spec: draft-ietf-ppm-dap-taskprov (July 2026) §3.7, §3.8
extension ResourceHandler {
    private static let fieldName = HTTPField.Name(TaskAdvertisement.fieldName)

    /// The task that a request brings; nothing where it brings none, or a value that is to be ignored.
    func advertisement(in head: HTTPRequest) -> TaskAdvertisement? {
        guard desk != nil, let name = Self.fieldName, let value = head.headerFields[name] else { return nil }
        return TaskAdvertisement(fieldValue: value)
    }

    /// Whether a request may bring a task: an upload to a Leader, and whatever a Leader asks of its Helper.
    ///
    /// A Collector that comes before the first client hears that the task is unknown, and comes again.
    private static func mayBring(_ row: RouteRow) -> Bool { row.operation == .upload || row.caller == .leader }

    /// Why a request that brings a task which is not served is refused before its body is read; nothing if the task may be
    /// taken up.
    func refusal(
        of head: HTTPRequest, _ certificate: PeerCertificate?, _ row: RouteRow, bringing task: TaskAdvertisement,
        below base: String
    ) -> Refusal? {
        guard let desk, Self.mayBring(row) else { return .answered(Problems.unrecognized(task.taskID)) }
        do throws(TaskOptOut) {
            let door = try desk.door(of: task)
            guard door.base == base else { return .answered(Problems.unrecognized(task.taskID)) }
            if let refusal = refusal(of: head, certificate, row, door, of: task.taskID, isServed: false) {
                return refusal
            }
            try desk.examine(task)
            return nil
        } catch {
            return .answered(Self.response(error, task.taskID))
        }
    }

    /// Takes up the task that a request brings.
    ///
    /// - Returns: the answer, where it is not taken up.
    func takeUp(_ task: TaskAdvertisement, for route: Route) async -> ServerResponse? {
        // A Leader that knows a store of this task here, while there is none: what it held is lost (rule 1 of the walk).
        // A client has no such knowledge, whatever it says.
        if route.row.caller == .leader, let echo = route.storeField.flatMap({ StoreStatement(fieldValue: $0) })?.echo {
            let conflict = StoreConflict.thisIsAnother(echo.store)
            troubles.note(
                "a task is not taken up: \(conflict)", about: "\(task.taskID)", metadata: ["task": "\(task.taskID)"])
            return Problems.response(
                .storeConflict, status: .conflict, detail: conflict.description, task: task.taskID)
        }
        do throws(TaskOptOut) {
            try await desk?.takeUp(task)
            return nil
        } catch {
            return Self.response(error, task.taskID)
        }
    }

    private static func response(_ reason: TaskOptOut, _ task: TaskID) -> ServerResponse {
        switch reason {
        case .invalid(let why):
            Problems.response(
                .invalidTask, status: .badRequest, detail: "This aggregator takes no part in the task: \(why).",
                task: task)
        case .unavailable: Problems.unserved(task)
        }
    }
}
