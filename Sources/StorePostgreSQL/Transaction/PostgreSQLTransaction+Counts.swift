#if PostgreSQL
import Aggregator
import PopulusDAP

/// What reports were turned away for.
extension PostgreSQLTransaction {
    func addCount(_ error: ReportError, at point: RejectionPoint, _ count: Int, in walk: WalkID?) throws {
        guard count > 0 else { return }
        let columns = point.columns
        try db.run(
            """
            INSERT INTO rejection (task, walk_id, error, point, step, level, slot, count)
            VALUES ($1, $2, $3, $4, $5, $6, pg_backend_pid() % 64, $7)
            ON CONFLICT (task, walk_id, error, point, step, level, slot)
            DO UPDATE SET count = rejection.count + excluded.count
            """,
            [
                .integer(task), .bytes(walk?.bytes ?? []), .number(error.rawValue), .text(columns.name),
                .number(columns.step), .number(columns.level), .number(count),
            ])
    }

    func reportCounts() throws -> [ReportCount] {
        try db.all(
            """
            SELECT error, point, step, level, sum(count)::bigint FROM rejection
            WHERE task = $1 AND NOT EXISTS
            (SELECT FROM walk WHERE walk.task = $1 AND walk.walk_id = rejection.walk_id AND walk.ended IS NULL)
            GROUP BY point, step, level, error ORDER BY point COLLATE "C", step, level, error
            """, [.integer(task)]
        ) { columns in
            let (code, name): (UInt8, String) = (try columns.number(), try columns.text())
            let (step, level): (UInt16, Int) = (try columns.number(), try columns.number())
            guard let error = ReportError(rawValue: code),
                let point = RejectionPoint(name: name, step: step, level: level)
            else { throw StoreError.damaged("rejection") }
            return ReportCount(error: error, point: point, count: try columns.number())
        }
    }
}

/// What the Collector is told of rejected reports.
extension PostgreSQLTransaction {
    func addRejected(_ reports: RejectedReports, of subject: RejectionSubject) throws {
        guard reports.count > 0 else { return }
        try db.run(
            """
            INSERT INTO rejected (task, subject, party, error, count) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (task, subject, party, error) DO UPDATE SET count = rejected.count + excluded.count
            """,
            [
                .integer(task), .bytes(subject.bytes), .number(reports.party.rawValue),
                .number(reports.reason.rawValue), .number(reports.count),
            ])
    }

    func rejectedReports(of subjects: ClosedRange<RejectionSubject>) throws -> [RejectedReports]? {
        let (first, last) = (subjects.lowerBound.bytes, subjects.upperBound.bytes)
        let which = subjects.lowerBound.isTime ? "subject >= $2 AND length(subject) = 8" : "subject = $2"
        let isUncounted = try db.one(
            "SELECT EXISTS (SELECT FROM rejected WHERE task = $1 AND \(which) AND party = 0)",
            [.integer(task), .bytes(first)]
        ) { try $0.boolean() }
        guard isUncounted != true else { return nil }
        return try db.all(
            """
            SELECT party, error, sum(count)::bigint FROM rejected WHERE task = $1 AND subject BETWEEN $2 AND $3
            GROUP BY party, error ORDER BY party, error
            """, [.integer(task), .bytes(first), .bytes(last)]
        ) { columns in
            let (party, code): (UInt8, UInt8) = (try columns.number(), try columns.number())
            guard let party = Role(rawValue: party), let reason = ReportError(rawValue: code) else {
                throw StoreError.damaged("rejected")
            }
            return RejectedReports(party: party, reason: reason, count: try columns.number())
        }
    }
}

extension RejectionPoint {
    fileprivate var columns: (name: String, step: Int, level: Int) {
        switch self {
        case .upload: ("upload", 0, 0)
        case .opening: ("opening", 0, 0)
        case .verification(let step, let level): ("verification", Int(step), level)
        case .deletion: ("deletion", 0, 0)
        }
    }

    fileprivate init?(name: String, step: UInt16, level: Int) {
        switch name {
        case "upload": self = .upload
        case "opening": self = .opening
        case "verification": self = .verification(step: step, level: level)
        case "deletion": self = .deletion
        default: return nil
        }
    }
}
#endif
