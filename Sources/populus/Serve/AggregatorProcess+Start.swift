import Aggregator
import AggregatorHost
import AggregatorServer
import ArgumentParser
import Logging
import PopulusDAP

/// How a server's life begins and ends, for its log.
extension AggregatorProcess {
    /// The one line that says what is running.
    func tellStart(_ tasks: [ServedTask], threads: Int, _ tls: ProcessTLS) {
        var metadata: Logger.Metadata = [
            "version": "\(Version.number)", "commit": "\(Version.commit ?? "development")",
            "store": "\(options.store)",
            "tasks": "\(tasks.count > 16 ? "\(tasks.count)" : tasks.map { "\($0.id)" }.joined(separator: ","))",
            "threads": "\(threads)",
        ]
        metadata.merge(tls.metadata) { $1 }
        if let taskprov = options.taskprov.taskprov { metadata["taskprov"] = "\(taskprov)" }
        if let internalListen = options.internalListen { metadata["internal"] = "\(internalListen)" }
        logger.notice("starting", metadata: metadata)
    }

    /// Sees that every task that certificates were given for is there: a slip in an ID would leave the task to its token.
    ///
    /// - Parameter canAdd: whether tasks may come while the server runs.
    func checkPinned(of host: TaskHost, canAdd: Bool) throws(CommandFailure) {
        let option = role == .leader ? "--collector-certificate" : "--leader-certificate"
        for task in pinned.tasks(besides: Set(host.registry.tasks.map(\.id))) {
            guard canAdd else {
                throw CommandFailure(
                    .data, "\(option): no task \(task) is served here: compare its ID, or leave the option out")
            }
            logger.warning(
                "\(option) names a task that is not here: it is of use once that task is added, and of none if its ID is wrong",
                metadata: ["task": "\(task)"])
        }
    }

    /// Runs, and says why the server cannot go on in the log's own format; the command then says nothing more.
    func runTellingEnd(_ settings: AggregatorSettings) async throws {
        do throws(CommandFailure) {
            try await run(settings)
        } catch {
            guard options.logFormat == .json else { throw error }
            logger.critical("\(error.message.replacing("\n", with: " "))", metadata: ["code": "\(error.code.rawValue)"])
            throw ExitCode(error.code.rawValue)
        }
    }
}
