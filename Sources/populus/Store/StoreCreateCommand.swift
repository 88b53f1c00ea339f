import Aggregator
import ArgumentParser
import PopulusDAP

/// `populus store create`: the one way in which a store comes into being.
struct StoreCreateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Makes the store of an aggregator's task, once.",
        discussion: """
            One file holds the stores of all tasks of a role. The file is made for the first task, and each further \
            task is added to it. No server may have the file open meanwhile. In PostgreSQL the tables of a role are \
            made for the first task, in the first schema of the user's search path; the database and the user have to \
            be there.

            A store remembers which reports were evaluated. An aggregator that forgets it lets the other one read \
            those reports. So a server never makes a store by itself. This command does, once in a task's life, and it \
            replaces nothing.

            If the task has been served before and its store is lost, a new store alone is refused by the other \
            aggregator. Both operators can agree to go on. This one makes the store with --after-loss, the other one \
            runs populus store renew. Every report that was received before is then refused by both, for ever. What an \
            upgrade has left of a task's own file is no store, and stands in the way of this only without \
            --after-loss.
            """)

    @OptionGroup var options: StoreOptions

    @Flag(help: "The task had a store, and it is lost: refuse every report of a time before now.")
    var afterLoss = false

    func run() async throws {
        try await Self.reporting(as: "store create") {
            let places = try options.places()
            for place in places {
                StandardStream.output.write(try make(place) + "\n")
                guard afterLoss else { continue }
                StandardStream.output.write(
                    "reports of a time before \(Moment.text(place.firstUnseenTime)) are refused; the other aggregator "
                        + "goes on once its operator has run `populus store renew`\n")
            }
        }
    }

    /// Makes a task's store, and says whether there was one of another task.
    private func make(_ place: StoreOptions.Place) throws(CommandFailure) -> String {
        let made: (name: String, isFirst: Bool)
        do {
            made = try place.engine.create(place, earliestReportTime: afterLoss ? place.firstUnseenTime : 0)
        } catch {
            throw place.failure(error)
        }
        let store = "the \(place.role.name)'s store \(made.name)"
        return made.isFirst ? "made \(store) for task \(place.task)" : "added task \(place.task) to \(store)"
    }
}
