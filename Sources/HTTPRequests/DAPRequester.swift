import AsyncHTTPClient
import DAP
import Foundation
import NIOCore
import NIOHTTP1
import Synchronization

/// Sends requests to DAP servers and repeats those that failed for a reason that may pass.
///
/// Everything that is repeated here is idempotent in DAP.
package final class DAPRequester: Sendable {
    /// How long failures are borne.
    package struct Patience: Sendable {
        /// Before any server has answered, in seconds: a wrong address should be told soon.
        package var first: Double
        /// Afterwards, in seconds.
        package var later: Double

        package init(first: Double = 8, later: Double = 60) {
            self.first = first
            self.later = later
        }
    }

    private let http: HTTPClient
    private let patience: Patience
    private let timeout: TimeAmount
    private let additionalTokenField: String?
    /// Tells the person that a request failed and is tried again.
    private let notice: @Sendable (String) -> Void
    private let reached = Mutex(false)

    /// - Parameters:
    ///   - timeoutSeconds: how long one attempt may take.
    ///   - additionalTokenField: a header field that has the token as well, for servers that know no bearer tokens.
    package init(
        patience: Patience = Patience(), timeoutSeconds: Int64 = 60, additionalTokenField: String? = nil,
        notice: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.timeout.connect = .seconds(5)
        configuration.connectionPool.idleTimeout = .seconds(30)
        // What failed is tried again here.
        configuration.connectionPool.retryConnectionEstablishment = false
        http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        self.patience = patience
        timeout = .seconds(timeoutSeconds)
        self.additionalTokenField = additionalTokenField
        self.notice = notice
    }

    /// Closes the connections; nothing can be sent afterwards.
    package func shutdown() async {
        // It fails where requests are still on their way: those end with the process, and nobody waits for them.
        try? await http.shutdown()
    }

    /// Sends a request until it has an answer or patience ends.
    ///
    /// - Parameter limit: the longest body that is read, in bytes.
    package func send(
        _ request: DAPRequest, limit: Int = 1 << 20
    ) async throws(DAPRequestError) -> DAPAnswer {
        let began = ContinuousClock.now
        var attempts = 0
        var told = false
        while true {
            attempts += 1
            let failure: DAPRequestError
            var wait = min(8, 0.1 * pow(2, Double(min(attempts, 10) - 1)))
            switch await attempt(request, limit: limit, attempts: attempts) {
            case .answer(let answer):
                return answer
            case .final(let error):
                throw error
            case .transient(let error, let retryAfter):
                failure = error
                wait = max(wait, min(retryAfter ?? 0, 30))
            }
            let elapsed = began.duration(to: .now) / .seconds(1)
            let bearable = reached.withLock { $0 } ? patience.later : patience.first
            guard elapsed + wait <= bearable else { throw failure }
            // A hiccup is not worth a word; a server that wants half a minute is, at once.
            if !told, elapsed + wait > 2 {
                told = true
                let since = Time.text(secondsSinceEpoch: UInt64(max(0, Date().timeIntervalSince1970 - elapsed)))
                notice("\(failure.reason), since \(since); trying again for \(Int(bearable)) seconds")
            }
            do {
                try await Task.sleep(for: .seconds(wait * Double.random(in: 0.8...1)))
            } catch {
                throw .cancelled
            }
        }
    }

    private enum Outcome {
        case answer(DAPAnswer)
        case final(DAPRequestError)
        case transient(DAPRequestError, retryAfter: Double?)
    }

    private func attempt(_ request: DAPRequest, limit: Int, attempts: Int) async -> Outcome {
        let began = ContinuousClock.now
        // From a task's file, which another has made.
        let url = ForeignText.escaped(request.url)
        do {
            let response = try await http.execute(message(request), timeout: timeout)
            reached.withLock { $0 = true }
            let status = Int(response.status.code)
            let collected = try await response.body.collect(upTo: limit)
            let body = Array(collected.readableBytesView)
            let retryAfter = HeaderFields.retryAfter(response.headers.first(name: "retry-after"))
            if 200..<300 ~= status {
                return .answer(
                    DAPAnswer(
                        status: status,
                        contentType: response.headers.first(name: "content-type").flatMap(MediaType.init),
                        location: response.headers.first(name: "location"), retryAfter: retryAfter,
                        freshFor: HeaderFields.freshFor(
                            cacheControl: response.headers["cache-control"].nonEmpty?.joined(separator: ","),
                            age: response.headers.first(name: "age")),
                        body: body, seconds: began.duration(to: .now) / .seconds(1), attempts: attempts))
            }
            guard status >= 400 else {
                return .final(.malformed("the answer of \(url) has the status \(status)"))
            }
            let problem = ProblemDocument(decoding: body) ?? ProblemDocument(type: nil, status: status)
            let refusal = DAPRequestError.refused(problem, status: status)
            return Self.mayPass(problem, status: status)
                ? .transient(refusal, retryAfter: retryAfter) : .final(refusal)
        } catch is CancellationError {
            return .final(.cancelled)
        } catch is NIOTooManyBytesError {
            return .final(.malformed("the answer of \(url) is longer than \(limit) bytes"))
        } catch let error as HTTPClientError {
            if error == .cancelled || Task.isCancelled { return .final(.cancelled) }
            let wrong: [HTTPClientError] = [.invalidURL, .emptyHost, .missingSocketPath, .emptyScheme]
            let failure = DAPRequestError.unreachable(url: url, reason: error.shortDescription)
            return wrong.contains(error) ? .final(failure) : .transient(failure, retryAfter: nil)
        } catch {
            if Task.isCancelled { return .final(.cancelled) }
            switch ConnectionFailure(error) {
            case .untrustedServer: return .final(.untrusted(url: url))
            case .noAnswer(let reason):
                return .transient(.unreachable(url: url, reason: reason), retryAfter: nil)
            }
        }
    }

    /// Whether a refusal is one that waiting can end.
    ///
    /// A server that fails or is too busy names no error type of the protocol. Where one is named, the server has
    /// decided, as when a collection job has failed for good because the other aggregator could not be understood.
    package static func mayPass(_ problem: ProblemDocument, status: Int) -> Bool {
        guard status >= 500 || status == 408 || status == 429 else { return false }
        return switch problem.type {
        case nil, .other: true
        default: false
        }
    }

    private func message(_ request: DAPRequest) -> HTTPClientRequest {
        var message = HTTPClientRequest(url: request.url)
        message.method = HTTPMethod(rawValue: request.method.rawValue)
        if let token = request.token {
            message.headers.add(name: "authorization", value: "Bearer \(token)")
            if let additionalTokenField { message.headers.add(name: additionalTokenField, value: token) }
        }
        for (name, value) in request.fields { message.headers.add(name: name, value: value) }
        if let type = request.contentType { message.headers.add(name: "content-type", value: type.description) }
        if request.method == .post { message.body = .bytes(ByteBuffer(bytes: request.body)) }
        return message
    }
}

extension DAPRequestError {
    /// One line for people.
    package var reason: String {
        switch self {
        case .unreachable(let url, let reason): "\(url) cannot be reached (\(reason))"
        case .untrusted(let url): "the certificate of \(url) is not trusted: \(ConnectionFailure.untrusted)"
        case .refused(let problem, let status):
            "the server answered \(status)" + (problem.detail ?? problem.title).map { ": \($0)" }.orEmpty
        case .malformed(let what): what
        case .cancelled: "interrupted"
        }
    }
}

extension [String] {
    fileprivate var nonEmpty: [String]? { isEmpty ? nil : self }
}

extension String? {
    fileprivate var orEmpty: String { self ?? "" }
}
