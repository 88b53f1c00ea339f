import Foundation

/// What a finished command left behind.
struct CommandResult: Sendable {
    let status: Int32
    let stdout: String
    let stderr: String
    let elapsed: Duration

    var output: String { stdout + stderr }
}

extension Scratch {
    /// Runs a program to its end; it is ended when it takes longer than the limit.
    func run(
        _ executable: URL, _ arguments: [String], environment: [String: String] = [:], currentFolder: URL? = nil,
        within limit: Duration = .seconds(120)
    ) async throws -> CommandResult {
        let start = ContinuousClock.now
        let process = try RunningProcess(
            executable, arguments, name: executable.lastPathComponent, in: self, environment: environment,
            currentFolder: currentFolder)
        do {
            let status = try await process.end(within: limit)
            return CommandResult(
                status: status, stdout: Self.text(process.stdout), stderr: Self.text(process.stderr),
                elapsed: ContinuousClock.now - start)
        } catch {
            await process.stop(within: .seconds(1))
            throw HarnessError("\(error), which wrote:\n\(process.output.suffix(2_000))")
        }
    }

    /// Runs `populus` to its end.
    func populus(_ arguments: String..., within limit: Duration = .seconds(120)) async throws -> CommandResult {
        try await run(Checkout.populus, arguments, within: limit)
    }

    /// Runs a tool that must succeed, and keeps its standard output in a file.
    func make(_ name: String, with tool: String, _ arguments: String...) async throws -> URL {
        let result = try await run(Checkout.tool(tool), arguments)
        guard result.status == 0 else { throw HarnessError("\(tool) failed: \(result.output)") }
        return try write(Data(result.stdout.utf8), to: name)
    }
}
