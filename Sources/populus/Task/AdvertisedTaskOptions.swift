import ArgumentParser
import PopulusDAP
import PopulusTaskFiles

/// Making a task that requests bring: no aggregator is told of it.
struct AdvertisedTaskOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            Make a task that requests bring, with the Collector's file of `populus taskprov new`: its ID is a digest of all that it \
            is. Only collector.json and client.json are written. It needs --starts and --ends.
            """, valueName: "file"),
        completion: .json)
    var taskprov: String?

    func check(registers: Bool, hasInterval: Bool) throws {
        guard taskprov != nil else { return }
        guard !registers else { throw ValidationError("--taskprov and --register exclude each other") }
        guard hasInterval else {
            throw ValidationError("--taskprov needs --starts and --ends: aggregators take up no task without an end")
        }
    }

    /// Writes the Collector's and the clients' files.
    ///
    /// - Returns: the task's ID; nothing where no such task was asked for.
    func make(
        _ configuration: TaskConfiguration, encoding: String?, leader: AggregatorURL, helper: AggregatorURL,
        in directory: String, replacing: Bool
    ) throws(CommandFailure) -> TaskID? {
        guard let taskprov else { return nil }
        do throws(TaskFileError) {
            let own = try TaskprovCollectorFile(readingFrom: taskprov)
            guard own.leader.leadsToSame(as: leader), own.helper.leadsToSame(as: helper) else {
                throw .malformed(
                    path: taskprov,
                    reason:
                        "its aggregators are \(own.leader.text) and \(own.helper.text): give these as --leader and --helper"
                )
            }
            let files = try own.files(of: configuration, encoding: encoding)
            try TaskFileSet.write([files.collector, files.client], to: directory, replacing: replacing)
        } catch { throw CommandFailure(error) }
        return configuration.advertisedTaskID
    }

    /// What to do with the files.
    func nextSteps(_ task: TaskID, in directory: String, collection: String, lines: String, group: String) -> String {
        """
        made task \(task) in \(directory); requests bring it to the aggregators

        Send reports, \(lines):
          populus upload --task \(ShellWord.quoted("\(directory)/client.json"))\(group) FILE
        and \(collection)

        The aggregators decide for themselves whether they take part. One that does not answers invalidTask, and says why.

        """
    }
}
