import Aggregator
import ArgumentParser
import DAP
import StoreSQLite

/// `populus store renew`: an operator's consent to go on after a store was lost or put back.
struct StoreRenewCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "renew",
        abstract: "Goes on after a store of the task was lost or put back. Gives up every report received so far.",
        discussion: """
            One aggregator has forgotten which reports it evaluated. To evaluate one of them again would let the other \
            aggregator read it. So both operators stop their servers, and each runs this on its own store (or makes the \
            lost one with populus store create --after-loss). Reports that wait, walks and collections under way are \
            given up, and every report of a time before now is refused, for ever. Results that were released stay.
            """)

    @OptionGroup var options: StoreOptions

    @Flag(help: "Do it. Without this flag the command only says what it would do.")
    var giveUpReports = false

    func run() async throws {
        try await Self.reporting(as: "store renew") {
            for place in try options.places() {
                let time = Moment.text(place.firstUnseenTime)
                guard giveUpReports else {
                    throw CommandFailure(
                        .failed,
                        "this gives up every report that \(place.path) holds, and refuses those of a time before \(time) "
                            + "for ever; nothing was changed. To do it, give --give-up-reports")
                }
                do {
                    try SQLiteStore.renew(
                        path: place.path, role: place.role, task: place.file.taskID,
                        configurationDigest: place.file.configuration.storeDigest,
                        earliestReportTime: place.firstUnseenTime,
                        timePrecision: place.file.configuration.timePrecision)
                } catch let error as StoreError {
                    throw CommandFailure(error, path: place.path)
                }
                StandardStream.output.write(
                    "renewed \(place.path): reports of a time before \(time) are refused; the other aggregator's operator "
                        + "does the same\n")
            }
        }
    }
}
