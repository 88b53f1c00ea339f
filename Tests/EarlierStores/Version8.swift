import Foundation
import GRDB

/// Files as version 8 left them: made of one of this version that nobody has opened.
package enum Version8 {
    /// What version 8 had not: it did not say when an answer was given.
    static let back = """
        DROP INDEX resource_answered;
        ALTER TABLE resource DROP COLUMN answered_at;
        CREATE INDEX resource_answered ON resource (task, created_at) WHERE state IN ('released', 'failed');
        UPDATE meta SET value = '8' WHERE name = 'version';
        """

    /// - Parameter path: the file; nobody may have it open.
    package static func goBack(_ path: String) throws {
        let database = try DatabaseQueue(path: path)
        try database.write { try $0.execute(sql: back) }
        try database.close()
        try removeMarks(path)
    }

    // They say what the pages were. A file that was never opened needs neither.
    static func removeMarks(_ path: String) throws {
        for name in ["mark", "pages"] { try FileManager.default.removeItem(atPath: "\(path).uploads/\(name)") }
    }
}
