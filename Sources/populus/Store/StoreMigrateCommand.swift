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

            All tasks of the store come with it. --role says whose it is where no task's file is at hand, as of tasks that were \
            added with `populus task add`.
            """)

    @Option(
        name: .customLong("task"),
        help: ArgumentHelp("leader.json or helper.json of any task of the store.", valueName: "file"),
        completion: .json)
    var tasks: [String] = []

    @Option(help: ArgumentHelp("leader or helper, in place of --task.", valueName: "role"))
    var role: String?

    @Option(help: StoreOptions.storeHelp, completion: .file())
    var store: String

    func validate() throws {
        try StoreLocation.validate(store)
        guard tasks.isEmpty == (role != nil), role == nil || role == "leader" || role == "helper" else {
            throw ValidationError("give --task with a role's file, or --role leader or --role helper")
        }
    }

    func run() async throws {
        try await Self.reporting(as: "store migrate") {
            let given: [Role] = try role.map { [$0 == "leader" ? .leader : .helper] } ?? rolesOfFiles()
            for role in given {
                let engine = try StoreLocation(store, role: role).engine(cache: nil)
                do { StandardStream.output.write(try engine.migrate(role: role) + "\n") } catch {
                    throw CommandFailure(opening: engine.location, error)
                }
            }
        }
    }

    private func rolesOfFiles() throws(CommandFailure) -> [Role] {
        let roles = Set(try StoreOptions.places(of: tasks, in: store).map(\.role))
        return [.leader, .helper].filter { roles.contains($0) }
    }
}
