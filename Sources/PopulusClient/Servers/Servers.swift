import PopulusDAP
import PopulusReportMaking
import PopulusWireCodec

/// The two servers of a task, as this client asks them.
struct Servers: Sendable {
    let task: ReportTask
    let transport: any ReportTransport
    let timeout: Double

    /// Answers have some hundred bytes, or an entry of 17 for each refused report of a request.
    private static let longestAnswer = 1 << 20

    /// Asks a server for its keys.
    ///
    /// - Returns: those that can be sealed to, in the server's order, and for how many seconds they may be used.
    func keys(
        of server: PopulusClient.Server
    ) async throws(ServerFailure) -> (configs: [HpkeConfig], freshFor: Double) {
        let url = server == .leader ? task.leaderKeysURL : task.helperKeysURL
        let answer = try await send(
            TransportRequest(
                method: .get, url: url, token: nil, contentType: nil, fields: [:], body: [], timeout: timeout,
                longestAnswer: Self.longestAnswer), to: server)
        guard answer.status == 200, MediaType.hpkeConfigList.matches(answer.fields["content-type"]) else {
            throw ServerFailure(answer, server)
        }
        // Whatever is wrong with it: who answers is somebody else.
        guard let list = try? HpkeConfigList(decoding: answer.body) else {
            throw ServerFailure(obstacle: .strange(server, status: answer.status))
        }
        let usable = list.configs.filter { $0.isSupported && !$0.hasInvalidKey }
        guard !usable.isEmpty else { throw ServerFailure(obstacle: .strange(server, status: answer.status)) }
        let freshFor = HeaderFields.freshFor(
            cacheControl: answer.fields["cache-control"], age: answer.fields["age"])
        return (usable, min(freshFor ?? SealingKeys.usuallyFreshFor, SealingKeys.longestFreshFor))
    }

    /// Brings reports to the Leader.
    ///
    /// - Throws: `unanswered`, where nobody knows whether the Leader has them.
    func upload(_ reports: [UInt8], token: String?) async throws(ServerFailure) -> TransportAnswer {
        try await send(
            TransportRequest(
                method: .post, url: task.uploadURL, token: token, contentType: ReportTask.uploadMediaType,
                fields: TaskAdvertisement.fields(for: task.taskID, task.configuration), body: reports, timeout: timeout,
                longestAnswer: Self.longestAnswer), to: .leader)
    }

    private func send(
        _ request: TransportRequest, to server: PopulusClient.Server
    ) async throws(ServerFailure) -> TransportAnswer {
        do {
            return try await transport.send(request)
        } catch {
            // Why a transport has no answer is its own affair.
            throw ServerFailure(obstacle: .unanswered(server))
        }
    }
}

/// Why a server has not done what was asked, and when it wants to be asked again.
struct ServerFailure: Error, Hashable, Sendable {
    var obstacle: PopulusClient.Obstacle
    /// In seconds.
    var retryAfter: Double?

    init(obstacle: PopulusClient.Obstacle, retryAfter: Double? = nil) {
        self.obstacle = obstacle
        self.retryAfter = retryAfter
    }

    /// What an answer that is not the wanted one says.
    init(_ answer: TransportAnswer, _ server: PopulusClient.Server) {
        let problem = ProblemDocument(decoding: answer.body)?.type?.uri
        obstacle =
            switch answer.status {
            case 401, 403: .unauthorized(status: answer.status)
            case 408, 425, 429, 500...: .unavailable(server, status: answer.status)
            case 400..<500: .refused(server, status: answer.status, type: problem)
            default: .strange(server, status: answer.status)
            }
        retryAfter = RetryAfter.pause(answer.fields["retry-after"]).map { $0 / .seconds(1) }
    }
}
