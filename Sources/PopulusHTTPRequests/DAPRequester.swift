import AsyncHTTPClient
import Foundation
import NIOCore
import PopulusDAP
import PopulusTLS
import Synchronization

/// Sends requests to DAP servers and repeats those that failed for a reason that may pass.
///
/// For commands: a person waits. Everything that is repeated here is idempotent in DAP.
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

    /// Which authorities are trusted, and what is shown to servers that ask for a certificate; nothing for the system's, and
    /// none.
    package let tls: ClientTLS?
    private let http: HTTPClient
    private let sender: RequestSender
    private let patience: Patience
    private let timeout: TimeAmount
    /// Tells the person that a request failed and is tried again.
    private let notice: @Sendable (ServerAbsence) -> Void
    private let reached = Mutex(false)

    /// - Parameters:
    ///   - timeoutSeconds: how long one attempt may take.
    ///   - additionalTokenField: a header field that has the token as well, for servers that know no bearer tokens.
    package init(
        patience: Patience = Patience(), timeoutSeconds: Int64 = 60, additionalTokenField: String? = nil,
        tls: ClientTLS? = nil, notice: @escaping @Sendable (ServerAbsence) -> Void = { _ in }
    ) {
        http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: RequestSender.configuration)
        sender = RequestSender(http, additionalTokenField: additionalTokenField, tls: tls)
        self.tls = tls
        self.patience = patience
        timeout = .seconds(timeoutSeconds)
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
        var schedule = RetrySchedule(.command)
        var attempts = 0
        var told = false
        while true {
            attempts += 1
            let outcome = await sender.send(request, within: timeout, limit: limit) { [self] _ in
                reached.withLock { $0 = true }
            }
            if case .answered(var answer) = outcome {
                answer.attempts = attempts
                return answer
            }
            // From a task's file, which another has made.
            let failure = DAPRequestError(outcome, url: ForeignText.escaped(request.url))
            guard case .transient(let asked) = outcome.prospect else { throw failure }
            let wait = schedule.pause(asked: asked) / .seconds(1)
            let elapsed = began.duration(to: .now) / .seconds(1)
            let bearable = reached.withLock { $0 } ? patience.later : patience.first
            guard elapsed + wait <= bearable else { throw failure }
            // A hiccup is not worth a word; a server that wants half a minute is, at once.
            if !told, elapsed + wait > 2 {
                told = true
                let since = UInt64(max(0, Date().timeIntervalSince1970 - elapsed))
                notice(ServerAbsence(failure: failure, since: since, patience: bearable))
            }
            do {
                try await Task.sleep(for: .seconds(wait))
            } catch {
                throw .cancelled
            }
        }
    }
}

/// A server that does not answer as it should, and is asked again.
package struct ServerAbsence: Hashable, Sendable {
    package let failure: DAPRequestError
    /// Since when, in seconds since the Epoch.
    package let since: UInt64
    /// For how long it is asked again, in seconds.
    package let patience: Double
}

extension ServerAbsence {
    /// One line for people.
    package var text: String {
        "\(failure.reason), since \(Time.text(secondsSinceEpoch: since)); trying again for \(Int(patience)) seconds"
    }
}
