import Aggregator
import ArgumentParser
import PopulusDAP

/// Where an aggregator keeps what it must never forget: one file, or one database, for all tasks of its role.
enum StoreLocation: Sendable {
    case file(StoreFile)
    case database(DatabaseAddress)

    /// What was given with `--store`, once it was validated.
    init(_ text: String, role: Role) {
        self = DatabaseAddress(text).map { .database($0) } ?? .file(StoreFile(text, role: role))
    }

    /// How it is named in messages: without a password, which no address has.
    var name: String {
        switch self {
        case .file(let file): file.path
        case .database(let address): address.text
        }
    }

    /// What holds the store.
    var place: StorePlace {
        switch self {
        case .file: .file
        case .database: .database
        }
    }

    /// Refuses what names neither a file on a disk nor a database, before anything is made.
    static func validate(_ text: String) throws {
        if DatabaseAddress.isMeant(by: text) { return try DatabaseAddress.validate(text) }
        let example = "--store takes the path of a file, such as leader.sqlite"
        if text.isEmpty { throw ValidationError("\(example); this name is empty") }
        if text == ":memory:" || text.lowercased().hasPrefix("file:") {
            throw ValidationError("\(example); \(text) is SQLite's name for something else")
        }
    }
}
