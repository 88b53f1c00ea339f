#if PostgreSQL
import Aggregator
import PopulusDAP
import Logging

/// How a store of an earlier version comes to this one: only because an operator says so.
package struct StoreMigration: Sendable {
    /// What brings a store from one version to the next, in a transaction that holds all of it.
    package struct Step: Sendable {
        /// The version that it begins with; it ends with the next one.
        let from: Int
        let run: @Sendable (PostgreSQLConnection) throws -> Void

        package init(from: Int, run: @escaping @Sendable (PostgreSQLConnection) throws -> Void) {
            (self.from, self.run) = (from, run)
        }
    }

    /// Every step that there ever was, in order.
    package static let steps = [
        // Claims of processes that share the store.
        Step(from: 1) { db in
            try db.script(Schema.fromVersion1)
            try StoreTables.addSecret(db)
        },
        // Rejected reports of walks and batches.
        Step(from: 2) { try $0.script(Schema.fromVersion2) },
        // Tasks that the store keeps, and ends of tasks.
        Step(from: 3) { try $0.script(Schema.fromVersion3) },
        Step(from: 4) { try $0.script(Schema.answers) },
    ]

    /// The version that this program works with.
    package static let newest = Schema.version

    /// - Returns: the version that the store had.
    /// - Throws: `StoreError.unknownVersion` where no step begins with it.
    @discardableResult
    package static func run(
        _ steps: [Step] = steps, to last: Int = newest, role: Role, _ db: PostgreSQLConnection
    ) throws -> Int {
        let before = try StoreTables.check(db, role: role)
        for version in before..<last {
            guard let step = steps.first(where: { $0.from == version }) else {
                throw StoreError.unknownVersion(version)
            }
            try step.run(db)
            try db.run("UPDATE meta SET value = $1 WHERE name = 'version'", [.text("\(version + 1)")])
        }
        return before
    }
}

extension PostgreSQLDatastore {
    /// What a migration came to.
    package struct Migration: Sendable, Equatable {
        /// Where the store is, for people.
        package let place: String
        /// Its version before.
        package let from: Int
        /// Its version now.
        package let to: Int
    }

    /// Brings a store to this version's form; where it has that there is nothing to do.
    ///
    /// - Throws: `StoreError`; then nothing was changed.
    package static func migrate(
        at address: PostgreSQLAddress, role: Role, logger: Logger? = nil
    ) throws -> Migration {
        var (place, before) = ("", 0)
        try StoreChange(address: address, role: role, logger: logger).run { db in
            try StoreTables.check(db, role: role) == Schema.version
        } change: { db in
            place = db.place
            guard try StoreTables.exist(db) else { throw StoreError.missing }
            before = try StoreMigration.run(role: role, db)
        }
        return Migration(place: place, from: before, to: Schema.version)
    }
}
#endif
