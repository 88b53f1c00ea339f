import AggregatorServer
import ArgumentParser
import Foundation
import PopulusDAP
import PopulusHTTPRequests

/// Asks an aggregator's admin API.
struct AdminClient {
    let url: AggregatorURL
    private let token: String
    private let requester: DAPRequester

    /// - Parameter tokenFile: has the admin token alone.
    init(_ url: AggregatorURL, tokenFile: String) throws(CommandFailure) {
        guard !url.isExposed else {
            throw CommandFailure(
                .data,
                "\(url.text) is plain HTTP to another machine, which would show the admin token and a task's secrets on the way: "
                    + "use https, or a tunnel to the address of --admin-listen, such as `ssh -L 9101:127.0.0.1:9101 HOST`"
            )
        }
        self.url = url
        token = try TokenFile.read(tokenFile, "admin token", madeBy: "populus admin tokens add")
        requester = DAPRequester(patience: .init(first: 4, later: 30), timeoutSeconds: 60)
    }

    func shutdown() async { await requester.shutdown() }

    /// Asks for something once it has an answer.
    func ask<Answer: Decodable>(
        _ method: DAPRequest.Method, _ path: String, body: [UInt8] = [], as type: Answer.Type = Answer.self
    ) async throws(CommandFailure) -> Answer {
        let request = DAPRequest(
            method, url.text + path, token: token, contentType: body.isEmpty ? nil : TaskStatus.mediaType, body: body)
        let answer: DAPAnswer
        do throws(DAPRequestError) { answer = try await requester.send(request, limit: 64 << 20) } catch {
            throw failure(error)
        }
        do { return try JSONDecoder().decode(Answer.self, from: Data(answer.body)) } catch {
            throw CommandFailure(
                .software, "\(url.text): the answer is none of an aggregator's admin API: check the address")
        }
    }

    private func failure(_ error: DAPRequestError) -> CommandFailure {
        guard case .refused(let problem, let status) = error else {
            return CommandFailure(
                .unavailable, error.reason + "; the server listens there if it was started with --admin-listen")
        }
        let said = problem.detail ?? problem.title ?? "status \(status)"
        switch status {
        case 401, 403:
            return CommandFailure(
                .refused, "\(url.text): \(said) The server has its tokens in the file of --admin-tokens")
        case 500...: return CommandFailure(.temporary, "\(url.text): \(said)")
        default: return CommandFailure(.refused, "\(url.text): \(said)")
        }
    }
}

/// Which aggregator a command asks, as its operator.
struct AdminOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The aggregator's own address, where it was started with --admin-listen, such as http://127.0.0.1:9101/.",
            valueName: "URL"),
        transform: Form.baseURL)
    var admin: AggregatorURL

    @Option(
        help: ArgumentHelp(
            "The file with an admin token alone, as `populus admin tokens add` writes it.", valueName: "file"),
        completion: .file())
    var adminTokenFile: String

    /// Asks, and says goodbye.
    func asking<T>(_ body: (AdminClient) async throws(CommandFailure) -> T) async throws(CommandFailure) -> T {
        let client = try AdminClient(admin, tokenFile: adminTokenFile)
        do throws(CommandFailure) {
            let value = try await body(client)
            await client.shutdown()
            return value
        } catch {
            await client.shutdown()
            throw error
        }
    }
}
