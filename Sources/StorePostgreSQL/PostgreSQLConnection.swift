#if PostgreSQL
import Aggregator
import CPostgreSQL
import DAP

/// One connection to the database, used by one thread at a time.
final class PostgreSQLConnection {
    /// The version of libpq, such as 150018.
    static var libraryVersion: Int { Int(PQlibVersion()) }
}
#endif
