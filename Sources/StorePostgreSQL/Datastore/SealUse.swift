#if PostgreSQL
import Aggregator
import PopulusDAP

/// What is asked of a store's seal by whoever opens it.
enum SealUse: Sendable {
    /// Secrets are read: the store is sealed with one of these keys, or is not sealed and there are none.
    case checked(SealKeys?)
    /// No secret is read, or it stays as it is kept.
    case ignored

    /// Where the store notes it, in `meta`.
    static let name = "seal"

    /// What the store is sealed with, as far as that is asked for.
    ///
    /// - Throws: `StoreError.seal`.
    func admit(_ db: PostgreSQLConnection, role: Role) throws -> StoreSeal? {
        guard case .checked(let keys) = self else { return nil }
        return try StoreSeal.admit(
            try StoreTables.meta(Self.name, db), keys: keys, in: try Self.place(db, role: role))
    }

    static func place(_ db: PostgreSQLConnection, role: Role) throws -> SealPlace {
        SealPlace(try StoreTables.identity(db), role: role)
    }
}
#endif
