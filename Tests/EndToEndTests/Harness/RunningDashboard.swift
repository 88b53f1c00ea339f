import Foundation

/// A dashboard that was started for a test.
struct RunningDashboard {
    let process: RunningProcess
    let port: Int
    /// Where it wrote its token.
    let tokenFile: URL

    var url: String { "http://127.0.0.1:\(port)/" }

    /// Lends a dashboard over a file of results while a body runs.
    ///
    /// - Parameter tasks: files of the Collector whose walks can be started.
    static func with(
        _ results: URL, tasks: [String] = [], in scratch: Scratch, _ body: (RunningDashboard) async throws -> Void
    ) async throws {
        let port = try Loopback.freePort()
        let process = try RunningProcess(
            Checkout.populus,
            ["dashboard", "--results", results.path, "--listen", "127.0.0.1:\(port)"]
                + tasks.flatMap { ["--task", $0] }, name: "dashboard", in: scratch)
        do {
            try await wait(for: "the ready line of the dashboard", within: .seconds(30)) {
                if let status = process.exitStatus {
                    throw HarnessError("the dashboard ended with \(status): \(process.output)")
                }
                return Scratch.text(process.stdout).contains("\n") ? () : nil
            }
            try await body(
                RunningDashboard(
                    process: process, port: port, tokenFile: URL(filePath: results.path + ".token")))
        } catch {
            await process.stop()
            throw error
        }
        await process.stop()
    }
}
