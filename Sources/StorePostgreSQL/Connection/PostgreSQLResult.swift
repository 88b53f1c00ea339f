#if PostgreSQL
import CPostgreSQL

/// What the server answered to one statement; freed at its end.
final class PostgreSQLResult {
    let pointer: OpaquePointer

    init(_ pointer: OpaquePointer) { self.pointer = pointer }

    deinit { PQclear(pointer) }

    var status: ExecStatusType { PQresultStatus(pointer) }

    var rowCount: Int { Int(PQntuples(pointer)) }

    /// What the server did, such as `COMMIT` or `INSERT 0 1`.
    var command: String { PQcmdStatus(pointer).map { String(cString: $0) } ?? "" }

    /// How many rows it changed, or gave.
    var changed: Int { PQcmdTuples(pointer).flatMap { Int(String(cString: $0)) } ?? 0 }

    /// Of a statement that is described.
    var parameterTypes: [Oid] {
        withExtendedLifetime(self) { (0..<PQnparams(pointer)).map { PQparamtype(pointer, $0) } }
    }

    /// The first column of the first row, where it came as text.
    var firstText: String? {
        withExtendedLifetime(self) { rowCount > 0 ? PQgetvalue(pointer, 0, 0).map { String(cString: $0) } : nil }
    }

    /// Whether it is one that ended well.
    var isGood: Bool {
        switch status {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_SINGLE_TUPLE, PGRES_EMPTY_QUERY: true
        default: false
        }
    }
}
#endif
