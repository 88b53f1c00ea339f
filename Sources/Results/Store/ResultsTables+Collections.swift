import Foundation
import GRDB
import PopulusCollector
import PopulusDAP

extension ResultsTables {
    /// Writes a collection whole.
    func insert(_ collection: KeptCollection, task: Int64) throws {
        try db.execute(
            sql: """
                INSERT INTO collection (
                    task, key, version, asked_start, asked_end, interval_start, interval_end, began, ended, reports,
                    epsilon, delta, sigma, half_width, level, is_one_number, numbers, rejections_told)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                task, Data(collection.key.bytes), collection.version, try Self.integer(collection.asked?.start),
                try Self.integer(collection.asked?.end), try Self.integer(collection.interval.start),
                try Self.integer(collection.interval.end), try Self.integer(collection.began),
            ] + [
                try Self.integer(collection.ended), try Self.integer(collection.reports),
                collection.noise?.guarantee.epsilon, collection.noise?.guarantee.delta, collection.noise?.sigma,
                try Self.integer(collection.noise?.halfWidth), collection.candidates?.level, collection.isOneNumber,
                collection.numbers.count, collection.rejections != nil,
            ])
        let row = db.lastInsertedRowID
        try insert(collection.rejections, of: .collection, row)
        let statement = try db.cachedStatement(
            sql: "INSERT INTO number (collection, place, candidate, number) VALUES (?, ?, ?, ?)")
        for (place, number) in collection.numbers.enumerated() {
            let candidate = collection.candidates.map { Data($0.values[place]) }
            try statement.execute(arguments: [row, place, candidate, "\(number)"])
        }
    }

    func collectionHead(_ id: Int64) throws -> CollectionHead {
        let columns = "key, interval_start, interval_end, began, ended, reports, numbers"
        guard
            let row = try Row.fetchOne(db, sql: "SELECT \(columns) FROM collection WHERE id = ?", arguments: [id]),
            let key = KeptCollection.Key(bytes: try row.bytes("key")), let interval = try row.span("interval")
        else { throw ResultsError.damaged("a collection is missing") }
        return CollectionHead(
            key: key, interval: interval, began: try row.number("began"), ended: try row.required("ended"),
            reports: try row.required("reports"), numbers: try row.required("numbers"))
    }

    func collection(_ id: Int64) throws -> KeptCollection {
        guard let row = try Row.fetchOne(db, sql: "SELECT * FROM collection WHERE id = ?", arguments: [id]),
            let key = KeptCollection.Key(bytes: try row.bytes("key")), let interval = try row.span("interval")
        else { throw ResultsError.damaged("a collection is missing") }
        let found = try Row.fetchAll(
            db, sql: "SELECT candidate, number FROM number WHERE collection = ? ORDER BY place", arguments: [id])
        guard found.count == (try row.required("numbers")) else { throw ResultsError.damaged("numbers are missing") }
        let numbers = try found.map { row in
            guard let number = Int128(try row.text("number")) else { throw ResultsError.damaged("column number") }
            return number
        }
        let level: Int? = try row.number("level")
        let candidates = try level.map { level in
            KeptCollection.Candidates(level: level, values: try found.map { try $0.bytes("candidate") })
        }
        return try KeptCollection(
            task: try task(try row.required("task")), key: key, version: try row.text("version"),
            asked: try row.span("asked"), interval: interval, began: try row.number("began"),
            ended: try row.required("ended"), reports: try row.required("reports"), noise: try row.noise(),
            candidates: candidates, isOneNumber: try row.required("is_one_number", as: Int.self) != 0,
            numbers: numbers,
            rejections: try rejections(
                of: .collection, id, told: try row.required("rejections_told", as: Int.self) != 0))
    }
}
