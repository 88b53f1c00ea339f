import Foundation
import GRDB

/// Files as version 7 left them: made of one of this version that nobody has opened.
package enum Version7 {
    /// What version 7 had not: it kept no tasks, and knew of no end of one.
    private static let back = """
        DROP TABLE kept_task; DROP TABLE task_secret;
        ALTER TABLE task DROP COLUMN closed; ALTER TABLE task DROP COLUMN stopped;
        ALTER TABLE task DROP COLUMN forgotten_before; ALTER TABLE task DROP COLUMN forgotten_row;
        DROP INDEX report_by_time; DROP INDEX resource_answered;
        UPDATE meta SET value = '7' WHERE name = 'version';
        """

    /// - Parameter path: the file; nobody may have it open.
    package static func goBack(_ path: String) throws {
        let database = try DatabaseQueue(path: path)
        try database.write { db in
            for back in [Version8.back, back] { try db.execute(sql: back) }
        }
        try database.close()
        try Version8.removeMarks(path)
    }
}
