import AggregatorServer
import ArgumentParser
import Foundation
import PopulusDAP
import PopulusHTTPRequests
import PopulusTLS

/// Asks an aggregator at its operator's own address.
struct AdminClient {
    let url: AggregatorURL
    private let token: String?
    private let requester: DAPRequester

    /// - Parameters:
    ///   - tokenFile: has the admin token alone; nothing for a server without tokens, which shows how it is and no more.
    ///   - patience: how long an address that does not answer is tried, in seconds.
    init(
        _ url: AggregatorURL, tokenFile: String?, tls: ClientTLS?,
        patience: DAPRequester.Patience = .init(first: 4, later: 30)
    ) throws(CommandFailure) {
        guard tokenFile == nil || !url.isExposed else {
            throw CommandFailure(
                .data,
                "\(url.text) is plain HTTP to another machine, which would show the admin token and a task's secrets on the way: "
                    + "use https, or a tunnel to the address of --admin-listen, such as `ssh -L 9101:127.0.0.1:9101 HOST`"
            )
        }
        self.url = url
        token =
            if let tokenFile {
                try TokenFile.read(tokenFile, "admin token", madeBy: "populus admin tokens add")
            } else { nil }
        requester = DAPRequester(patience: patience, timeoutSeconds: 60, tls: tls)
    }

    func shutdown() async { await requester.shutdown() }

    /// Asks for something once it has an answer.
    func ask<Answer: Decodable>(
        _ method: DAPRequest.Method, _ path: String, body: [UInt8] = [], as type: Answer.Type = Answer.self
    ) async throws(CommandFailure) -> Answer {
        let answer = try await bytes(method, path, body: body)
        do { return try JSONDecoder().decode(Answer.self, from: Data(answer)) } catch {
            throw CommandFailure(
                .software, "\(url.text): the answer is none of an aggregator's admin API: check the address")
        }
    }

    /// Ends a task's work.
    ///
    /// - Returns: whether the task is there.
    func stop(_ task: TaskID) async throws(CommandFailure) -> Bool {
        let request = DAPRequest(.post, url.text + "tasks/\(task)/stop", token: token, contentType: nil, body: [])
        do throws(DAPRequestError) { _ = try await requester.send(request, limit: 1 << 20) } catch {
            if case .refused(_, 404) = error { return false }
            throw failure(error)
        }
        return true
    }

    /// The same, as it comes.
    func bytes(
        _ method: DAPRequest.Method, _ path: String, body: [UInt8] = []
    ) async throws(CommandFailure) -> [UInt8] {
        let request = DAPRequest(
            method, url.text + path, token: token, contentType: body.isEmpty ? nil : TaskStatus.mediaType, body: body)
        do throws(DAPRequestError) { return try await requester.send(request, limit: 64 << 20).body } catch {
            throw failure(error)
        }
    }

    /// Asks, and says goodbye.
    func used<T>(by body: (AdminClient) async throws(CommandFailure) -> T) async throws(CommandFailure) -> T {
        do throws(CommandFailure) {
            let value = try await body(self)
            await shutdown()
            return value
        } catch {
            await shutdown()
            throw error
        }
    }

    private func failure(_ error: DAPRequestError) -> CommandFailure {
        let (problem, status): (ProblemDocument, Int)
        switch error {
        case .refused(let found, let number): (problem, status) = (found, number)
        case .untrusted:
            return CommandFailure(
                .unavailable, error.reason + "; nothing was sent: an authority of its own is given with --ca")
        case .malformed: return CommandFailure(.unavailable, error.reason + ": check the address")
        case .cancelled: return CommandFailure(.failed, error.reason)
        case .unreachable:
            return CommandFailure(
                .unavailable, error.reason + "; the server listens there if it was started with --admin-listen")
        }
        let said = problem.detail ?? problem.title ?? "status \(status)"
        switch status {
        case 401, 403:
            let how =
                token == nil
                ? "Give a file with an admin token, with --admin-token-file: the server has its tokens in the file of --admin-tokens"
                : "The server has its tokens in the file of --admin-tokens"
            return CommandFailure(.refused, "\(url.text): \(said) \(how)")
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

    @OptionGroup var authorities: AuthorityOptions

    /// Asks, and says goodbye.
    func asking<T>(_ body: (AdminClient) async throws(CommandFailure) -> T) async throws(CommandFailure) -> T {
        try await AdminClient(admin, tokenFile: adminTokenFile, tls: try authorities.client()).used(by: body)
    }
}
