import AsyncHTTPClient
import NIOCore
import PopulusDAP
import PopulusHTTPRequests
import Testing

/// What can come of a request, each once, over a real connection.
@Suite struct RequestOutcomeTests {
    /// What is known by its name only.
    private enum Kind: Hashable {
        case answered, refused, strange, noAnswer, noAddress, tooLong, cancelled, untrusted

        init(_ outcome: RequestOutcome) {
            self =
                switch outcome {
                case .answered: .answered
                case .refused: .refused
                case .strange: .strange
                case .unanswered(.noAnswer): .noAnswer
                case .unanswered(.noAddress): .noAddress
                case .unanswered(.tooLong): .tooLong
                case .unanswered(.cancelled): .cancelled
                case .unanswered(.untrustedServer): .untrusted
                }
        }
    }

    private struct Row {
        let name: String
        /// Nothing for a server that never answers.
        var answer: [UInt8]?
        let kind: Kind
        let prospect: RequestOutcome.Prospect

        init(_ name: String, _ head: String?, body: [UInt8] = [], _ kind: Kind, _ prospect: RequestOutcome.Prospect) {
            self.name = name
            answer = head.map {
                Array("HTTP/1.1 \($0)\r\nContent-Length: \(body.count)\r\nConnection: close\r\n\r\n".utf8) + body
            }
            (self.kind, self.prospect) = (kind, prospect)
        }

        init(_ name: String, bytes: String, _ kind: Kind, _ prospect: RequestOutcome.Prospect) {
            (self.name, answer, self.kind, self.prospect) = (name, Array(bytes.utf8), kind, prospect)
        }
    }

    private static let limit = 1000
    private static let page = [UInt8](repeating: 0x61, count: RequestSender.longestProblem + 1)
    private static let problem = ProblemDocument(type: .invalidMessage).encoded()

    private static let rows: [Row] = [
        Row("what was asked for", "200 OK", body: [1, 2], .answered, .answered),
        Row("created", "201 Created\r\nLocation: /a", .answered, .answered),
        Row("too much", "200 OK", body: [UInt8](repeating: 0, count: limit + 1), .tooLong, .final),
        Row("a redirect", "302 Found\r\nLocation: http://127.0.0.1/", .strange, .final),
        Row("not modified", "304 Not Modified", .strange, .final),
        Row("a problem", "400 Bad Request\r\nContent-Type: application/problem+json", body: problem, .refused, .final),
        Row("a page", "404 Not Found\r\nContent-Type: text/html", body: Array("<p>".utf8), .refused, .final),
        Row("a wrong token", "401 Unauthorized", .refused, .final),
        Row("too large a request", "413 Content Too Large", .refused, .final),
        Row("too slow", "408 Request Timeout", .refused, .transient(retryAfter: nil)),
        Row("too early", "425 Too Early", .refused, .transient(retryAfter: nil)),
        Row("too many", "429 Too Many Requests\r\nRetry-After: 7", .refused, .transient(retryAfter: .seconds(7))),
        Row("failing", "500 Internal Server Error", .refused, .transient(retryAfter: nil)),
        Row("a proxy's long page", "502 Bad Gateway", body: page, .refused, .transient(retryAfter: nil)),
        Row(
            "a moment that has passed", "503 Unavailable\r\nRetry-After: Sun, 06 Nov 1994 08:49:37 GMT", .refused,
            .transient(retryAfter: .zero)),
        Row("a job that has failed", "500 Internal Server Error", body: problem, .refused, .final),
        Row("silence", nil, .noAnswer, .transient(retryAfter: nil)),
        Row("a closed connection", bytes: "", .noAnswer, .transient(retryAfter: nil)),
        Row("no HTTP", bytes: "SSH-2.0-server\r\n", .noAnswer, .transient(retryAfter: nil)),
        Row(
            "half an answer", bytes: "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", .noAnswer,
            .transient(retryAfter: nil)),
    ]

    private func withSender<Result: Sendable>(
        _ body: (RequestSender) async throws -> Result
    ) async throws -> Result {
        let client = HTTPClient(configuration: RequestSender.configuration)
        do {
            let result = try await body(RequestSender(client))
            try await client.shutdown()
            return result
        } catch {
            try await client.shutdown()
            throw error
        }
    }

    @Test func eachAnswerHasItsClass() async throws {
        try await withSender { sender in
            for row in Self.rows {
                let outcome = try await AnsweringServer.serving(row.answer) { port in
                    await sender.send(
                        DAPRequest(.get, "http://127.0.0.1:\(port)/"),
                        within: row.answer == nil ? .milliseconds(300) : .seconds(20), limit: Self.limit)
                }
                #expect(Kind(outcome) == row.kind, "\(row.name): \(outcome)")
                #expect(outcome.prospect == row.prospect, "\(row.name): \(outcome)")
            }
        }
    }

    /// A body that does not come to its end is waited for no longer than its request may take, or hardly.
    @Test(arguments: ["200 OK", "503 Unavailable"])
    func aBodyWithoutEndIsNotWaitedFor(status: String) async throws {
        let answer = Array("HTTP/1.1 \(status)\r\nContent-Length: 9\r\n\r\nhalf".utf8)
        try await withSender { sender in
            let began = ContinuousClock.now
            let outcome = try await AnsweringServer.serving(answer, closes: false) { port in
                await sender.send(
                    DAPRequest(.get, "http://127.0.0.1:\(port)/"), within: .milliseconds(500), limit: Self.limit)
            }
            #expect(Kind(outcome) == .noAnswer && outcome.prospect == .transient(retryAfter: nil), "\(outcome)")
            #expect((.milliseconds(500)...(.seconds(20))).contains(ContinuousClock.now - began))
        }
    }

    @Test func whereNobodyIsAndWhereNobodyCanBe() async throws {
        try await withSender { sender in
            let rows: [(String, Kind, RequestOutcome.Prospect)] = [
                ("http://127.0.0.1:1/", .noAnswer, .transient(retryAfter: nil)),
                ("http:///path", .noAddress, .final), ("nonsense", .noAddress, .final),
            ]
            for (url, kind, prospect) in rows {
                let outcome = await sender.send(DAPRequest(.get, url), within: .seconds(20), limit: Self.limit)
                #expect(Kind(outcome) == kind && outcome.prospect == prospect, "\(url): \(outcome)")
            }
        }
    }

    @Test func aCancelledRequestIsNobodysFault() async throws {
        try await withSender { sender in
            let outcome = try await AnsweringServer.serving(nil) { port in
                let task = Task {
                    await sender.send(
                        DAPRequest(.get, "http://127.0.0.1:\(port)/"), within: .seconds(60), limit: Self.limit)
                }
                try await Task.sleep(for: .milliseconds(100))
                task.cancel()
                return await task.value
            }
            #expect(Kind(outcome) == .cancelled && outcome.prospect == .final, "\(outcome)")
        }
    }
}
