import ArgumentParser
import PopulusDAP

/// `populus store migrate`: brings a database's tables to this version's form.
struct StoreMigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Brings the tables of a store in PostgreSQL to this version of Populus.",
        discussion: """
            After an upgrade of Populus, with every server of the role stopped. A server never does it by itself: it \
            refuses tables of another version, and names this command. It is done in one transaction, or not at all. \
            There is no way back to an earlier version. Tables of this version are left as they are.

            A SQLite file needs no such command: a server brings it over when it starts.
            """)

    @OptionGroup var options: StoreOptions

    func run() async throws {
        try await Self.reporting(as: "store migrate") {
            for places in try options.placesByRole() {
                guard let first = places.first else { continue }
                do {
                    StandardStream.output.write(try first.engine.migrate(role: first.role) + "\n")
                } catch {
                    throw CommandFailure(opening: first.engine.location, error)
                }
            }
        }
    }
}
