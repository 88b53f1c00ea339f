import Aggregator
import GRDB
import PopulusDAP

/// What is asked of a file's seal by whoever opens it.
enum SealUse: Sendable {
    /// Secrets are read: the file is sealed with one of these keys, or is not sealed and there are none.
    case checked(SealKeys?)
    /// No secret is read, or it stays as it is kept.
    case ignored

    /// Where the file notes it, in `meta`.
    static let name = "seal"

    var isWithoutKeys: Bool {
        switch self {
        case .checked(let keys): keys == nil
        case .ignored: true
        }
    }

    /// What the file is sealed with, as far as that is asked for.
    ///
    /// - Throws: `StoreError.seal`.
    func admit(_ db: Database, role: Role) throws -> StoreSeal? {
        guard case .checked(let keys) = self else { return nil }
        guard let text = try db.meta(Self.name) else {
            guard keys == nil else { throw StoreError.seal(.unsealed) }
            return nil
        }
        return try StoreSeal.admit(text, keys: keys, in: Self.place(db, role: role))
    }

    /// Seals a new file, if there are keys.
    static func draw(_ keys: SealKeys?, _ db: Database, role: Role) throws {
        guard let keys else { return }
        let drawn = StoreSeal.draw(for: try place(db, role: role), by: keys)
        try db.setMeta(name, drawn.record.text)
    }

    static func place(_ db: Database, role: Role) throws -> SealPlace {
        SealPlace(try FileTables.identity(db), role: role)
    }
}
