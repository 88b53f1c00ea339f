import AsyncHTTPClient
import Foundation
import NIOCore
import PopulusDAP
import PopulusHTTPRequests

/// Sends notices to a URL, signed.
///
/// A receiver may be slow, fail, redirect, answer without end or not at all: an attempt takes ten seconds at most, no
/// more than some KiB of an answer are read, and no redirect is followed. A status of the 200s says that it was taken, and
/// 410 that nobody wants it. What any other says may pass: a page for repairs redirects, and a key is changed in two places.
package struct WebhookCarrier: NoticeCarrier {
    private static let time = TimeAmount.seconds(10)
    /// The longest answer, in bytes; nobody reads it.
    private static let longestAnswer = 4 << 10

    private let address: NoticeAddress
    private let key: NoticeKey
    private let http: HTTPClient
    private let sender: RequestSender

    package init(_ address: NoticeAddress, key: NoticeKey) {
        (self.address, self.key) = (address, key)
        http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: RequestSender.configuration)
        sender = RequestSender(http)
    }

    package func carry(id: String, body: [UInt8], path: String) async -> NoticeAttempt {
        let now = UInt64(max(0, Date().timeIntervalSince1970))
        let request = DAPRequest(
            .post, address.url, contentType: MediaType(essence: "application/json"), body: body,
            fields: key.fields(id: id, time: now, body: body))
        let outcome = await sender.send(request, within: Self.time, limit: Self.longestAnswer)
        switch (outcome, outcome.prospect) {
        case (.answered, _), (.unanswered(.tooLong), _): return .delivered
        case (_, .transient(let pause)): return .later(Self.reason(outcome), retryAfter: pause)
        case (.refused(let refusal), _) where refusal.status == 410: return .refused(Self.reason(outcome))
        case (.unanswered(.noAddress), _): return .refused(Self.reason(outcome))
        default: return .later(Self.reason(outcome), retryAfter: nil)
        }
    }

    package func shutdown() async {
        // It fails where a request is still on its way: that ends with the process.
        try? await http.shutdown()
    }

    /// Why it was not delivered, without a word of the receiver's.
    private static func reason(_ outcome: RequestOutcome) -> String {
        switch outcome {
        case .answered: "it was taken"
        case .refused(let refusal): "the receiver answers \(refusal.status)"
        case .strange(let answer) where 300..<400 ~= answer.status:
            "the receiver redirects (\(answer.status)), which is not followed"
        case .strange(let answer): "the receiver answers \(answer.status)"
        case .unanswered(.untrustedServer): "the receiver's certificate is not trusted"
        case .unanswered(.noAnswer(let reason)), .unanswered(.noAddress(let reason)): reason
        case .unanswered(.tooLong): "the receiver's answer is too long"
        case .unanswered(.cancelled): "it was interrupted"
        }
    }
}
