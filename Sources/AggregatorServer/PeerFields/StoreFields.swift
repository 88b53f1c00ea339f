import Aggregator
import HTTPServing
import HTTPTypes
import PopulusDAP

/// What both aggregators tell each other of their stores, on the side that is asked.
///
/// Only who shows the Leader's token hears of the store, and is heard: to others it would tell when there is work.
///
/// Spec: <doc:StoreStatements>
enum StoreFields {
    private static let name = HTTPField.Name(StoreStatement.fieldName)

    /// The field as it was sent.
    static func value(of head: HTTPRequest) -> String? { name.flatMap { head.headerFields[$0] } }

    /// Why the request is not answered, if a store is not the one that it was.
    static func conflict(_ route: ResourceHandler.Route, _ task: ServedTask) async -> StoreConflict? {
        guard let witness = task.witness else { return nil }
        guard route.row.caller == .leader else { return witness.conflict }
        do throws(StoreConflict) {
            // What does not decode is no statement.
            try await witness.hear(route.storeField.flatMap { StoreStatement(fieldValue: $0) })
            return nil
        } catch {
            return error
        }
    }

    /// Why requests of the task are not answered, if so, as far as this one shows it; nothing changes.
    static func examine(_ route: ResourceHandler.Route, _ task: ServedTask) async -> StoreConflict? {
        guard let witness = task.witness else { return nil }
        if let conflict = witness.conflict { return conflict }
        guard let statement = route.storeField.flatMap({ StoreStatement(fieldValue: $0) }) else { return nil }
        return await witness.examine(statement)
    }

    /// What the Collector is told of a store that is not the one that it was.
    static let wordsForTheCollector = "The task is not served for now; the operator's log says more."

    /// Whoever asks may ask again: the operators can mend it.
    static func refusal(
        _ conflict: StoreConflict, _ route: ResourceHandler.Route, _ task: ServedTask
    ) -> ServerResponse {
        guard route.row.caller == .leader else { return Problems.unserved(task.id) }
        let response = Problems.response(
            .storeConflict, status: .conflict, detail: conflict.description, task: task.id)
        return added(to: response, route, task)
    }

    /// The response with what is true of this store now.
    static func added(
        to response: ServerResponse, _ route: ResourceHandler.Route, _ task: ServedTask
    ) -> ServerResponse {
        guard route.row.caller == .leader, let witness = task.witness, let name else { return response }
        var response = response
        response.headers[name] = witness.statement.fieldValue
        return response
    }
}
