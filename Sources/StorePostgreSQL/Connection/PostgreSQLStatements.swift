#if PostgreSQL
import CPostgreSQL

/// The statements that a connection has prepared, by their text.
struct PostgreSQLStatements {
    /// So many at most: then all are forgotten, here and there.
    static let greatestCount = 512

    /// A statement that the server has prepared.
    struct Statement {
        let name: String
        /// The types of its parameters.
        let types: [Oid]
    }

    private var known: [String: Statement] = [:]
    private var count = 0

    var isFull: Bool { known.count >= Self.greatestCount }

    subscript(sql: String) -> Statement? { known[sql] }

    /// A name that no other statement of the connection has had.
    mutating func newName() -> String {
        count += 1
        return "s\(count)"
    }

    mutating func keep(_ statement: Statement, for sql: String) { known[sql] = statement }

    mutating func forgetAll() { known = [:] }
}

extension PostgreSQLConnection {
    /// The statement of this text, prepared.
    private func statement(_ sql: String, for arguments: [PostgreSQLValue]) throws -> PostgreSQLStatements.Statement {
        if let known = statements[sql] { return known }
        if statements.isFull {
            try script("DEALLOCATE ALL")
            statements.forgetAll()
        }
        let name = statements.newName()
        var types = arguments.map(\.type)
        try sent(PQsendPrepare(pointer, name, sql, Int32(types.count), types))
        try drain()
        // A null says nothing of its parameter, and the next time there may be a number.
        if arguments.contains(where: \.isNull) {
            try sent(PQsendDescribePrepared(pointer, name))
            if let found = try drain() { types = found.parameterTypes }
        }
        let statement = PostgreSQLStatements.Statement(name: name, types: types)
        statements.keep(statement, for: sql)
        return statement
    }

    /// Sends a statement, and has `read` take its results.
    func send<T>(
        _ sql: String, _ arguments: [PostgreSQLValue], _ read: (PostgreSQLConnection) throws -> T
    ) throws -> T {
        let statement = try statement(sql, for: arguments)
        guard statement.types.count == arguments.count else {
            throw PostgreSQLError.client("the statement takes \(statement.types.count) parameters")
        }
        var bytes: [UInt8] = []
        var places: [Int?] = []
        var lengths: [Int32] = []
        for (argument, type) in zip(arguments, statement.types) {
            places.append(argument.isNull ? nil : bytes.count)
            try argument.encode(as: type, into: &bytes)
            lengths.append(Int32(bytes.count - (places.last.flatMap { $0 } ?? bytes.count)))
        }
        // A value of no bytes is none without an address.
        bytes.append(0)
        try bytes.withUnsafeBytes { buffer in
            let start = buffer.baseAddress?.assumingMemoryBound(to: CChar.self)
            let values = places.map { place in place.flatMap { start?.advanced(by: $0) } }
            let formats = [Int32](repeating: 1, count: values.count)
            try sent(
                PQsendQueryPrepared(pointer, statement.name, Int32(values.count), values, lengths, formats, 1))
        }
        return try read(self)
    }
}
#endif
