import Aggregator
import ArgumentParser
import PopulusDAP

/// `populus store create`: the one way in which a store comes into being.
struct StoreCreateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Makes the store of an aggregator's task, once.",
        usage: """
            populus store create --task <file> ... --store <path> [--after-loss]
                [--seal-key <file> ...]
            populus store create --role <role> --store <path> [--seal-key <file> ...]
            """,
        discussion: """
            With --role in place of --task a store without tasks is made, once: a server adds tasks to it when its operator \
            says so, with `populus task add`.

            One file holds the stores of all tasks of a role. The file is made for the first task, and each further \
            task is added to it. No server may have the file open meanwhile. In PostgreSQL the tables of a role are \
            made for the first task, in the first schema of the user's search path; the database and the user have to \
            be there.

            With --seal-key its secrets are sealed, and every server needs that key: `populus store seal` does that to a store \
            that is there. A further task is added to a sealed store without the key too.

            A store remembers which reports were evaluated. An aggregator that forgets it lets the other one read \
            those reports. So a server never makes a store by itself. This command does, once in a task's life, and it \
            replaces nothing.

            If the task has been served before and its store is lost, a new store alone is refused by the other \
            aggregator. Both operators can agree to go on. This one makes the store with --after-loss, the other one \
            runs populus store renew. Every report that was received before is then refused by both, for ever. What an \
            upgrade has left of a task's own file is no store, and stands in the way of this only without \
            --after-loss.
            """)

    @Option(
        name: .customLong("task"),
        help: ArgumentHelp(
            "leader.json or helper.json: whose store it is. May be given again for further tasks of that role.",
            valueName: "file"),
        completion: .json)
    var tasks: [String] = []

    @Option(help: ArgumentHelp("leader or helper: make a store without tasks.", valueName: "role"))
    var role: String?

    @Option(help: StoreOptions.storeHelp, completion: .file())
    var store: String

    @Flag(help: "The task had a store, and it is lost: refuse every report of a time before now.")
    var afterLoss = false

    @OptionGroup var seal: SealOptions

    func validate() throws {
        try StoreLocation.validate(store)
        guard tasks.isEmpty == (role != nil) else {
            throw ValidationError(
                "give --task with a role's file, or --role leader or --role helper for a store without tasks")
        }
        guard role == nil || role == "leader" || role == "helper" else {
            throw ValidationError("--role is leader or helper: nobody else has a store")
        }
        guard role == nil || !afterLoss else {
            throw ValidationError("--after-loss is for tasks that had a store: give --task")
        }
    }

    func run() async throws {
        try await Self.reporting(as: "store create") {
            let keys = try seal.keys()
            if let role { return try makeEmpty(role == "leader" ? .leader : .helper, keys) }
            let places = try StoreOptions.places(of: tasks, in: store)
            for place in places {
                StandardStream.output.write(try make(place, keys) + "\n")
                guard afterLoss else { continue }
                StandardStream.output.write(
                    "reports of a time before \(Moment.text(place.firstUnseenTime)) are refused; the other aggregator "
                        + "goes on once its operator has run `populus store renew`\n")
            }
        }
    }

    /// Makes a store without tasks.
    private func makeEmpty(_ role: Role, _ keys: SealKeys?) throws(CommandFailure) {
        let engine = try StoreLocation(store, role: role).engine(cache: nil)
        do {
            StandardStream.output.write(
                "made the \(role.name)'s store \(try engine.create(role: role, sealKeys: keys)), without tasks\n")
        } catch { throw CommandFailure(opening: engine.location, error) }
    }

    /// Makes a task's store, and says whether there was one of another task.
    private func make(_ place: StoreOptions.Place, _ keys: SealKeys?) throws(CommandFailure) -> String {
        let made: (name: String, isFirst: Bool)
        do {
            made = try place.engine.create(
                place, earliestReportTime: afterLoss ? place.firstUnseenTime : 0, sealKeys: keys)
        } catch {
            throw place.failure(error)
        }
        let store = "the \(place.role.name)'s store \(made.name)"
        return made.isFirst ? "made \(store) for task \(place.task)" : "added task \(place.task) to \(store)"
    }
}
