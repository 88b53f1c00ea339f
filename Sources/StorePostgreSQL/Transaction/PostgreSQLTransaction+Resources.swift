#if PostgreSQL
import Aggregator
import PopulusDAP

/// Collection jobs and aggregate shares.
extension PostgreSQLTransaction {
    func insertResource(_ resource: ResourceRecord) throws {
        mark.set()
        try db.run(
            """
            INSERT INTO resource (resource_id, task, walk_id, step, batch_selector, request_digest, request, state, closed,
                created_at, last_row, response, failure_status, answered_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
            """, arguments(of: resource))
    }

    func updateResource(_ resource: ResourceRecord) throws {
        mark.set()
        let changed = try db.run(
            """
            UPDATE resource SET walk_id = $3, step = $4, batch_selector = $5, request_digest = $6, request = $7, state = $8,
                closed = $9, created_at = $10, last_row = $11, response = $12, failure_status = $13,
                answered_at = $14
            WHERE resource_id = $1 AND task = $2
            """, arguments(of: resource))
        guard changed == 1 else { throw StoreError.damaged("there is no resource \(resource.id)") }
    }

    private func arguments(of resource: ResourceRecord) -> [PostgreSQLValue] {
        var (walk, step, selector): (PostgreSQLValue, PostgreSQLValue, PostgreSQLValue) = (.null, .null, .null)
        switch resource.subject {
        case .step(let id, let number): (walk, step) = (.id(id), .number(number))
        case .batch(let encoded): selector = .bytes(encoded)
        }
        return [
            .bytes(resource.id.bytes), .integer(task), walk, step, selector, .bytes(resource.requestDigest),
            .bytes(resource.request), .text(resource.state.rawValue), .boolean(resource.isClosed),
            .number(resource.createdAt), .integer(resource.lastRow), .bytes(resource.response),
            .number(resource.failureStatus), resource.answeredAt.map { .number($0) } ?? .null,
        ]
    }

    func resource(_ id: ResourceID) throws -> ResourceRecord? {
        try db.one(
            "\(ResourceRecord.selection) WHERE task = $1 AND resource_id = $2", [.integer(task), .bytes(id.bytes)],
            ResourceRecord.init(columns:))
    }

    func latestResource(requestDigest: [UInt8]) throws -> ResourceRecord? {
        try db.one(
            "\(ResourceRecord.selection) WHERE task = $1 AND request_digest = $2 ORDER BY id DESC LIMIT 1",
            [.integer(task), .bytes(requestDigest)], ResourceRecord.init(columns:))
    }

    func runningResources() throws -> [ResourceRecord] {
        try db.all(
            "\(ResourceRecord.selection) WHERE task = $1 AND state = 'running' ORDER BY id", [.integer(task)],
            ResourceRecord.init(columns:))
    }
}

extension ResourceRecord {
    fileprivate static let selection = """
        SELECT resource_id, walk_id, step, batch_selector, request_digest, request, state, closed, created_at, last_row,
            response, failure_status, answered_at FROM resource
        """

    /// In the order of `selection`.
    fileprivate init(columns: inout PostgreSQLColumns) throws {
        let id = try columns.resource()
        let walk = try columns.optional { try $0.identifier(WalkID.self) }
        let step = try columns.optional { try $0.number(UInt16.self) }
        let selector = try columns.optional { try $0.bytes() }
        let subject: Subject
        if let walk, let step {
            subject = .step(walk, step)
        } else if let selector {
            subject = .batch(selector)
        } else {
            throw StoreError.damaged("a resource is about nothing")
        }
        let digest = try columns.bytes()
        let request = try columns.bytes()
        let state: State = try columns.named()
        let isClosed = try columns.boolean()
        self.init(
            id: id, about: subject, request: request, requestDigest: digest, createdAt: try columns.number())
        self.state = state
        self.isClosed = isClosed
        lastRow = try columns.integer()
        response = try columns.bytes()
        failureStatus = try columns.number()
        answeredAt = try columns.optional { try $0.number() }
    }
}
#endif
