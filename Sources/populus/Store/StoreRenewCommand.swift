import Aggregator
import ArgumentParser
import PopulusDAP

/// `populus store renew`: an operator's consent to go on after a store was lost or put back.
struct StoreRenewCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "renew",
        abstract: "Goes on after a store of the task was lost or put back. Gives up every report received so far.",
        discussion: """
            One aggregator has forgotten which reports it evaluated. To evaluate one of them again would let the other \
            aggregator read it. So both operators stop their servers, and each runs this on its own store, or makes \
            the lost one with populus store create --after-loss. Reports that wait, walks and collections under way \
            are given up. Every report of a time before now is refused, for ever. Results that were released stay.

            Only the tasks that are given are renewed, such as one whose uploads are damaged. A file that is not whole \
            itself has forgotten something of all its tasks. It is renewed for all of them together, with --task for \
            each, or not at all.
            """)

    @OptionGroup var options: StoreOptions

    @Flag(help: "Do it. Without this flag the command only says what it would do.")
    var giveUpReports = false

    func run() async throws {
        try await Self.reporting(as: "store renew") {
            for places in try options.placesByRole() {
                guard giveUpReports else { throw CommandFailure(.failed, Self.question(places)) }
                try Self.renew(places)
            }
        }
    }

    /// What would be done.
    private static func question(_ places: [StoreOptions.Place]) -> String {
        let parts = places.map { place in
            "every report of task \(place.task) that \(place.name) holds, and refuses those of a time before "
                + "\(Moment.text(place.firstUnseenTime)) for ever"
        }
        return "this gives up \(parts.joined(separator: "; ")); nothing was changed. To do it, give --give-up-reports"
    }

    private static func renew(_ places: [StoreOptions.Place]) throws(CommandFailure) {
        let renewals = places.map { place in
            StoreRenewal(
                task: place.task, configurationDigest: place.file.configuration.storeDigest,
                earliestReportTime: place.firstUnseenTime, timePrecision: place.file.configuration.timePrecision)
        }
        guard let first = places.first else { return }
        do {
            try first.engine.renew(role: first.role, renewals)
        } catch {
            throw CommandFailure(opening: first.engine.location, tasks: places.map(\.task), error)
        }
        for (place, renewal) in zip(places, renewals) {
            StandardStream.output.write(
                "renewed task \(place.task) in \(place.name): reports of a time before "
                    + "\(Moment.text(renewal.earliestReportTime)) are refused; the other aggregator's operator does the same\n"
            )
        }
    }
}
