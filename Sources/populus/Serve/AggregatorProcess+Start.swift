import Aggregator
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
