import DAP
import Foundation
import GRDB

extension LedgerTables {
    /// Gives up everything that was received: no report of it can enter a walk or a batch any more.
    ///
    /// Bindings, history and what was released stay.
    static func giveUp(_ db: Database, task: TaskID) throws {
        let problem = ProblemDocument(
            type: .walkEnded, status: 409, detail: "The reports were given up when a store was renewed.", taskID: task
        ).encoded()
        try db.execute(
            sql: "UPDATE step SET state = 'failed', response = ?, failure_status = 409 WHERE state = 'running'",
            arguments: [Data(problem)])
        try db.execute(
            sql: """
                UPDATE collection SET state = 'failed', response = ?, failure_status = 409
                WHERE state IN ('waiting', 'closed')
                """, arguments: [Data(problem)])
        try db.execute(
            sql: """
                UPDATE aggregate_share SET state = 'failed', request = x'', response = ?, failure_status = 409
                WHERE state = 'running'
                """, arguments: [Data(problem)])
        try db.execute(sql: "UPDATE walk SET ended = 'abandoned' WHERE ended IS NULL")
        try db.execute(sql: "UPDATE job SET phase = 'ended', sum = x'' WHERE phase <> 'ended'")
        try db.execute(
            sql: """
                UPDATE batch_job SET phase = 'abandoned', request = x'', continue_request = x'', response = x''
                WHERE phase NOT IN ('finished', 'abandoned')
                """)
        try db.execute(sql: "UPDATE selected_batch SET open = 0")
        // Sums that no collection took: their reports are as old as the rest.
        try db.execute(sql: "DELETE FROM batch_bucket WHERE share <> x''")
        // A job that there is not: bound for good, to nothing.
        try db.execute(sql: "UPDATE report SET job = -1 WHERE job IS NULL")
        try db.execute(sql: "UPDATE report SET place = NULL, digest = NULL WHERE place IS NOT NULL")
    }
}
