import Foundation
import PopulusClient
import PopulusClientHTTP

/// Reports lines, and sends the reports.
public struct LineReporter {
    private let client: PopulusClient

    /// - Parameters:
    ///   - task: the path of the task's file for clients.
    ///   - folder: where reports wait.
    public init(task: String, folder: String) throws {
        var options = PopulusClient.Options(folder: folder)
        options.mostWaiting = 1000
        options.spread = 0
        client = try PopulusClient(
            task: String(contentsOfFile: task, encoding: .utf8), consent: .given, options: options)
    }

    /// Returns when the Leader has all of them.
    public func report(_ lines: [String]) async throws {
        for line in lines { try await client.report(line) }
        try await client.flush()
        await client.close()
    }
}
