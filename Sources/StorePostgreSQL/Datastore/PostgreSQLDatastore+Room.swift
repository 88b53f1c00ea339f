#if PostgreSQL
import Aggregator

extension PostgreSQLDatastore {
    /// How much room the database and the cache folder take.
    package func room() async -> StoreRoom {
        var room = StoreRoom()
        if let cache {
            room.bytes["segments"] = StoreRoom.bytes(inFolder: cache.segments)
            room.freeBytes["segments"] = StoreRoom.freeBytes(at: cache.segments)
        }
        // While it is away it is not waited for: the other numbers are worth having all the same.
        if !isAway { room.bytes["database"] = await databaseBytes() }
        return room
    }

    /// Nothing where the database does not say.
    private func databaseBytes() async -> Int? {
        await withCheckedContinuation { continuation in
            let isTaken = pool.submit(.read) { worker in
                let size = try? worker.persist(until: .now, unless: { false }) { db in
                    try db.one("SELECT pg_database_size(current_database())") { try $0.integer() }
                }
                continuation.resume(returning: (size ?? nil).map { Int($0) })
            }
            if !isTaken { continuation.resume(returning: nil) }
        }
    }
}
#endif
