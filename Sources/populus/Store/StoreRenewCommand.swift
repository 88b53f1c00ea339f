import Aggregator
import ArgumentParser
import PopulusDAP

/// `populus store renew`: an operator's consent to go on after a store was lost or put back.
struct StoreRenewCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "renew",
        abstract: "Goes on after a store of the task was lost or put back. Gives up every report received so far.",
        usage: """
            populus store renew --task <file> ... --store <path> [--give-up-reports]
            populus store renew --role <role> --store <path> [--give-up-reports]
            """,
        discussion: """
            One aggregator has forgotten which reports it evaluated. To evaluate one of them again would let the other \
            aggregator read it. So both operators stop their servers, and each runs this on its own store, or makes \
            the lost one with populus store create --after-loss. Reports that wait, walks and collections under way \
            are given up. Every report of a time before now is refused, for ever. Results that were released stay.

            --role does so for all tasks that the store keeps itself, of which there need not be a file. \
            Only the tasks that are given are renewed, such as one whose uploads are damaged. A file that is not whole \
            itself has forgotten something of all its tasks. It is renewed for all of them together, with --task for \
            each, or not at all.
            """)

    @Option(
        name: .customLong("task"),
        help: ArgumentHelp(
            "leader.json or helper.json: whose store it is. May be given again for further tasks of that role.",
            valueName: "file"),
        completion: .json)
    var tasks: [String] = []

    @Option(
        help: ArgumentHelp(
            "leader or helper: renew all tasks that were added with `populus task add`, which the store keeps itself.",
            valueName: "role"))
    var role: String?

    @Option(help: StoreOptions.storeHelp, completion: .file())
    var store: String

    @Flag(help: "Do it. Without this flag the command only says what it would do.")
    var giveUpReports = false

    func validate() throws {
        try StoreLocation.validate(store)
        guard !tasks.isEmpty || role != nil, role == nil || role == "leader" || role == "helper" else {
            throw ValidationError("give --task with a role's file, --role leader or --role helper, or both")
        }
    }

    func run() async throws {
        try await Self.reporting(as: "store renew") {
            let places = try StoreOptions.places(of: tasks, in: store)
            for role in [Role.leader, .helper] {
                let engine = try StoreLocation(store, role: role).engine(cache: nil)
                var renewals = places.filter { $0.role == role }.map(\.renewal)
                if self.role == role.name { renewals += try kept(by: engine, role, beside: renewals) }
                guard !renewals.isEmpty else { continue }
                guard giveUpReports else {
                    throw CommandFailure(.failed, Self.question(renewals, engine.location.name))
                }
                try Self.renew(renewals, role, engine)
            }
        }
    }

    /// The tasks that the store keeps itself, but for those whose files were given.
    private func kept(
        by engine: any StoreEngine, _ role: Role, beside given: [StoreRenewal]
    ) throws(CommandFailure) -> [StoreRenewal] {
        let kept: [KeptTask]
        do { kept = try engine.keptTasks(role: role) } catch {
            throw CommandFailure(opening: engine.location, error)
        }
        guard !kept.isEmpty || !given.isEmpty else {
            throw CommandFailure(.data, "\(engine.location.name): it keeps no task itself: give --task for each")
        }
        // One that does not decode is served by nobody.
        return kept.filter { task in !given.contains { $0.task == task.id } }.compactMap { try? StoreRenewal($0) }
    }

    /// What would be done.
    private static func question(_ renewals: [StoreRenewal], _ name: String) -> String {
        let parts = renewals.map { renewal in
            "every report of task \(renewal.task) that \(name) holds, and refuses those of a time before "
                + "\(Moment.text(renewal.earliestReportTime)) for ever"
        }
        return "this gives up \(parts.joined(separator: "; ")); nothing was changed. To do it, give --give-up-reports"
    }

    private static func renew(
        _ renewals: [StoreRenewal], _ role: Role, _ engine: any StoreEngine
    ) throws(CommandFailure) {
        do { try engine.renew(role: role, renewals) } catch {
            throw CommandFailure(opening: engine.location, tasks: renewals.map(\.task), error)
        }
        for renewal in renewals {
            StandardStream.output.write(
                "renewed task \(renewal.task) in \(engine.location.name): reports of a time before "
                    + "\(Moment.text(renewal.earliestReportTime)) are refused; the other aggregator's operator does the same\n"
            )
        }
    }
}

extension StoreOptions.Place {
    /// The task whose file was given.
    fileprivate var renewal: StoreRenewal {
        StoreRenewal(
            task: task, configurationDigest: file.configuration.storeDigest, earliestReportTime: firstUnseenTime,
            timePrecision: file.configuration.timePrecision)
    }
}

extension StoreRenewal {
    /// A task that the store keeps.
    ///
    /// - Throws: where its configuration does not decode.
    fileprivate init(_ kept: KeptTask) throws {
        let precision = try TaskConfiguration(decoding: kept.configuration).timePrecision
        self.init(
            task: kept.id, configurationDigest: kept.configurationDigest,
            earliestReportTime: StoreOptions.Place.firstUnseenTime(precision, clockSkew: kept.clockSkew),
            timePrecision: precision)
    }
}
