import Aggregator
import HTTPServing
import HTTPTypes
import PopulusDAP

/// What both aggregators tell each other of their clocks, on the side that is asked.
///
/// Only who shows the Leader's token is heard.
enum ClockFields {
    private static let name = HTTPField.Name(ClockStatement.fieldName)

    /// Takes the Leader's word as soon as it is there: the body may take its time.
    static func hear(_ head: HTTPRequest, _ row: RouteRow, _ task: ServedTask) {
        guard row.caller == .leader, let clock = task.clock, let name else { return }
        clock.hear(head.headerFields[name].flatMap { ClockStatement(fieldValue: $0) })
    }

    /// The response with what this clock shows now.
    static func added(
        to response: ServerResponse, _ route: ResourceHandler.Route, _ task: ServedTask
    ) -> ServerResponse {
        guard route.row.caller == .leader, let clock = task.clock, let name else { return response }
        var response = response
        response.headers[name] = clock.statement.fieldValue
        return response
    }
}
