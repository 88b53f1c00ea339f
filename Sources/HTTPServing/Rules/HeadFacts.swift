import NIOCore
import NIOHTTP1
import Synchronization

/// What a request's head says of its connection and its framing, for which `HTTPRequest` has no room.
struct HeadFacts: Sendable, Equatable {
    /// Why the request must not be served, whatever it asks for.
    var fault: Refusal?
    /// Whether the connection ends with this exchange.
    var endsConnection: Bool
    /// Whether the client wants to be told that the connection stays.
    var wantsKeepAlive: Bool
    /// Whether the client knows of nothing that came with HTTP/1.1, such as chunks.
    var isOld: Bool
    /// Whether the length of the body is told by its chunks.
    var isChunked: Bool

    init(_ head: HTTPRequestHead) {
        let isOld = head.isHTTP10
        self.isOld = isOld
        let options = head.headers[canonicalForm: "connection"].map { $0.lowercased() }
        let codings = head.headers["transfer-encoding"]
        isChunked = !codings.isEmpty
        fault = Self.fault(head, isOld: isOld, codings: codings)
        // After a head that asks for another protocol the HTTP decoder reads no further request.
        let asksForAnother = head.method == .CONNECT || options.contains("upgrade")
        endsConnection = options.contains("close") || asksForAnother || (isOld && !options.contains("keep-alive"))
        wantsKeepAlive = isOld && !endsConnection
    }

    /// What is wrong with the Host fields or with the length of the body.
    ///
    /// Spec: RFC 9112 §3.2, §6.1
    private static func fault(_ head: HTTPRequestHead, isOld: Bool, codings: [String]) -> Refusal? {
        let hosts = head.headers["host"]
        guard hosts.count == 1 || (isOld && hosts.isEmpty) else { return .hostInvalid }
        guard hosts.allSatisfy(isHost) else { return .hostInvalid }
        if codings.isEmpty { return nil }
        // An HTTP/1.0 proxy in between would take the chunks for the body.
        guard !isOld, !head.headers.contains(name: "content-length") else { return .framingAmbiguous }
        return codings.count == 1 && codings[0].lowercased() == "chunked" ? nil : .transferCodingUnknown
    }

    /// Whether a text may be a Host field: a host and a port, or nothing.
    ///
    /// Spec: RFC 9110 §7.2, RFC 3986 §3.2.2
    private static func isHost(_ text: String) -> Bool {
        text.utf8.allSatisfy { byte in
            switch byte {
            case 0x61...0x7A, 0x41...0x5A, 0x30...0x39: true
            default: "-._~%!$&'()*+,;=:[]".utf8.contains(byte)
            }
        }
    }
}

extension HTTPRequestHead {
    /// Whether the client knows of nothing that came with HTTP/1.1.
    var isHTTP10: Bool { version.major == 1 && version.minor == 0 }
}

/// The facts of the heads that were decoded and not yet taken, in their order.
final class HeadFactsQueue: Sendable {
    private let waiting = Mutex(CircularBuffer<HeadFacts>())

    /// - Returns: how many wait now.
    func append(_ facts: HeadFacts) -> Int {
        waiting.withLock { waiting in
            waiting.append(facts)
            return waiting.count
        }
    }

    /// The facts of the head that was taken from the connection just now.
    func next() -> HeadFacts? {
        waiting.withLock { $0.popFirst() }
    }
}
