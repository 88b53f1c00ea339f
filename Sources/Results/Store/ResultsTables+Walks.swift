import Foundation
import GRDB
import PopulusCollector
import PopulusDAP
import PopulusStringCodec

extension ResultsTables {
    /// Writes a walk whole.
    func insert(_ walk: KeptWalk, task: Int64) throws {
        let row = try insert(walk.head, task: task)
        for (index, step) in walk.head.steps.enumerated() {
            try db.execute(
                sql: "INSERT INTO step VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                arguments: [
                    row, index, step.level, step.bits, step.candidates, step.survivors, try Self.integer(step.reports),
                    try Self.integer(step.lateRejections), step.seconds,
                ])
        }
        for (place, value) in walk.head.ending.beginnings.enumerated() {
            try db.execute(sql: "INSERT INTO beginning VALUES (?, ?, ?)", arguments: [row, place, Data(value)])
        }
        try insert(walk.head.rejections, of: .walk, row)
        let statement = try db.cachedStatement(
            sql: "INSERT INTO string (walk, in_group, value, count) VALUES (?, ?, ?, ?)")
        for string in walk.strings {
            let (group, value) = Self.columns(string.value, walk.head.task)
            try statement.execute(arguments: [row, group, value, string.count])
        }
    }

    /// A value as two columns: its group, which is empty where there is none, and its string.
    private static func columns(_ value: [UInt8], _ task: KeptTask) -> (group: Data, value: Data) {
        guard let parts = task.parts(of: value) else { return (Data(), Data(value)) }
        return (Data(parts.group), Data(parts.string))
    }

    private func insert(_ head: WalkHead, task: Int64) throws -> Int64 {
        var failure: WalkFailure?
        if case .failed(let found) = head.ending { failure = found }
        try db.execute(
            sql: """
                INSERT INTO walk (
                    task, walk_id, version, threshold, votes, margin, asked_start, asked_end, interval_start,
                    interval_end, began, ended, reports_at_start, reports, epsilon, delta, sigma, half_width, ending,
                    unfinished, failure, party, problem, other, strings, rejections_told)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                task, Data(head.walk.bytes), head.version, head.threshold, try Self.integer(head.votes),
                try Self.integer(head.margin), try Self.integer(head.asked?.start), try Self.integer(head.asked?.end),
            ] + [
                try Self.integer(head.interval?.start), try Self.integer(head.interval?.end),
                try Self.integer(head.began), try Self.integer(head.ended), try Self.integer(head.reportsAtStart),
                try Self.integer(head.reports), head.noise?.guarantee.epsilon, head.noise?.guarantee.delta,
            ] + [
                head.noise?.sigma, try Self.integer(head.noise?.halfWidth), head.ending.name, head.ending.unfinished,
                failure?.kind.rawValue, failure?.party?.name, failure?.problem, head.other, head.stringCount,
                head.rejections != nil,
            ])
        return db.lastInsertedRowID
    }

    // MARK: Reading

    func walk(_ row: Int64) throws -> KeptWalk {
        let head = try head(row)
        let rows = try Row.fetchAll(
            db, sql: "SELECT in_group, value, count FROM string WHERE walk = ?", arguments: [row])
        let strings = try rows.map { row in
            let (group, string) = (try row.bytes("in_group"), try row.bytes("value"))
            let value = group.isEmpty ? string : GroupedValue(group: group, string: string).bytes
            return PopularString(value: value, count: try row.required("count"))
        }
        do { return try KeptWalk(head, strings: strings.sorted(by: PopularString.precedes)) } catch {
            throw ResultsError.damaged("walk \(head.walk): \(error)")
        }
    }

    /// A string's count in one walk; nothing where it is not listed.
    func count(of value: [UInt8], walk row: Int64, _ task: KeptTask) throws -> Int64? {
        let (group, value) = Self.columns(value, task)
        let statement = try db.cachedStatement(
            sql: "SELECT count FROM string WHERE walk = ? AND in_group = ? AND value = ?")
        return try Int64.fetchOne(statement, arguments: [row, group, value])
    }

    func head(_ id: Int64) throws -> WalkHead {
        guard let row = try Row.fetchOne(db, sql: "SELECT * FROM walk WHERE id = ?", arguments: [id]),
            let walk = WalkID(bytes: try row.bytes("walk_id"))
        else { throw ResultsError.damaged("a walk is missing") }
        return WalkHead(
            task: try task(try row.required("task")), walk: walk, version: try row.text("version"),
            threshold: try row.text("threshold"), votes: try row.number("votes"), margin: try row.required("margin"),
            noise: try row.noise(), asked: try row.span("asked"), interval: try row.span("interval"),
            began: try row.number("began"), ended: try row.required("ended"), steps: try steps(id),
            reportsAtStart: try row.required("reports_at_start"), reports: try row.required("reports"),
            rejections: try rejections(of: .walk, id, told: try row.required("rejections_told", as: Int.self) != 0),
            ending: try ending(id, row), other: try row.number("other"), stringCount: try row.required("strings"))
    }

    private func steps(_ walk: Int64) throws -> [KeptStep] {
        try Row.fetchAll(db, sql: "SELECT * FROM step WHERE walk = ? ORDER BY step", arguments: [walk]).map { row in
            KeptStep(
                level: try row.required("level"), bits: try row.required("bits"),
                candidates: try row.required("candidates"), survivors: try row.number("survivors"),
                reports: try row.required("reports"), lateRejections: try row.required("late_rejections"),
                seconds: try row.real("seconds"))
        }
    }

    private func ending(_ walk: Int64, _ row: Row) throws -> WalkEnding {
        switch try row.text("ending") {
        case "complete": return .complete
        case "cut_off":
            let rows = try Row.fetchAll(
                db, sql: "SELECT value FROM beginning WHERE walk = ? ORDER BY place", arguments: [walk])
            return .cutOff(
                unfinished: try row.required("unfinished"), beginnings: try rows.map { try $0.bytes("value") })
        default:
            guard let kind = WalkFailure.Kind(rawValue: try row.text("failure")) else {
                throw ResultsError.damaged("column failure")
            }
            let party: String? = row["party"]
            return .failed(
                WalkFailure(kind, party: party.flatMap { Role(name: $0) }, problem: row["problem"]))
        }
    }
}
