import GRDB
import PopulusCollector
import PopulusDAP
import PopulusDifferentialPrivacy

// What walks and collections have in common.

extension ResultsTables {
    func insert(_ rejections: [KeptRejection]?, of kind: Kind, _ row: Int64) throws {
        for rejection in rejections ?? [] {
            try db.execute(
                sql: """
                    INSERT INTO \(kind.rawValue)_rejection (\(kind.rawValue), party, error, count) VALUES (?, ?, ?, ?)
                    """,
                arguments: [
                    row, rejection.party.name, Int64(rejection.reason.rawValue), try Self.integer(rejection.count),
                ])
        }
    }

    /// - Parameter told: whether anybody said how many there were.
    func rejections(of kind: Kind, _ row: Int64, told: Bool) throws -> [KeptRejection]? {
        guard told else { return nil }
        let rows = try Row.fetchAll(
            db, sql: "SELECT party, error, count FROM \(kind.rawValue)_rejection WHERE \(kind.rawValue) = ?",
            arguments: [row])
        return try KeptRejection.sorted(
            rows.map { row in
                guard let party = Role(name: try row.text("party")),
                    let reason = ReportError(rawValue: try row.required("error"))
                else { throw ResultsError.damaged("rejections") }
                return KeptRejection(party: party, reason: reason, count: try row.required("count"))
            })
    }
}

extension Row {
    /// The stretch of time of two columns.
    func span(_ name: String) throws -> ResultFacts.Span? {
        guard let start: UInt64 = try number("\(name)_start"), let end: UInt64 = try number("\(name)_end") else {
            return nil
        }
        return ResultFacts.Span(start: start, end: end)
    }

    /// The noise of four columns.
    func noise() throws -> NoiseFacts? {
        guard let halfWidth: UInt64 = try number("half_width") else { return nil }
        return NoiseFacts(
            guarantee: PrivacyGuarantee(epsilon: try real("epsilon"), delta: try real("delta")),
            sigma: try real("sigma"), halfWidth: halfWidth)
    }
}
