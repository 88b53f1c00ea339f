import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// The loop over one connection's requests.
struct ServedConnection<Handler: RequestHandler> {
    typealias Inbound = NIOAsyncChannelInboundStream<HTTPRequestPart>.AsyncIterator
    typealias Outbound = NIOAsyncChannelOutboundWriter<HTTPResponsePart>

    /// What becomes of the connection after an exchange.
    private enum Next {
        /// The request was read to its end: another may follow.
        case keep
        /// The same, and an HTTP/1.0 client must be told.
        case keepAndSaySo
        /// A part of the request may still be on its way: the connection cannot be used again.
        case close
    }

    let shell: ServedChannel<Handler>
    let facts: HeadFactsQueue
    let pace: ConnectionPace
    let shown: ShownCertificate
    var iterator: Inbound
    let outbound: Outbound

    /// Serves requests until the peer leaves or one of them makes the connection unusable.
    ///
    /// - Throws: when the connection cannot be written to or read from.
    mutating func serve() async throws {
        while true {
            let head: HTTPRequest
            do {
                guard case .head(let received) = try await iterator.next() else { break }
                head = received
            } catch {
                _ = try await refuse(refusal(readingHead: error), head: nil, next: .close)
                break
            }
            pace.enter(.working)
            guard let facts = facts.next(), try await exchange(head, facts) != .close else { break }
            pace.enter(.idle)
        }
        try await finish()
    }

    /// Half-closes, and throws the unread rest of a refused body away for a moment: closing at once would reset the
    /// connection, and the peer might lose the response that tells it why.
    private mutating func finish() async throws {
        outbound.finish()
        pace.enter(.lingering)
        while try await iterator.next() != nil {}
    }

    /// One request and its response.
    private mutating func exchange(_ head: HTTPRequest, _ facts: HeadFacts) async throws -> Next {
        let announced = AnnouncedBody(head)
        let next = facts.endsConnection ? Next.close : facts.wantsKeepAlive ? .keepAndSaySo : .keep
        let admission: Admission<Handler.Route>
        switch admit(head, announced, fault: facts.fault) {
        case .success(let admitted): admission = admitted
        case .failure(let refusal):
            shell.places.setHasToken(false, pace)
            guard announced == .none, facts.fault == nil else {
                return try await refuse(refusal, head: head, next: .close)
            }
            // Nothing but the end of the request is left to read.
            while case .body = try await iterator.next() {}
            return try await refuse(refusal, head: head, next: next)
        }

        shell.places.setHasToken(admission.isAuthenticated, pace)
        let isStrangersBody = announced != .none && !admission.isAuthenticated
        guard !isStrangersBody || shell.places.beginStrangersBody() else {
            return try await refuse(.overloaded, head: head, next: .close)
        }
        defer { if isStrangersBody { shell.places.endStrangersBody() } }
        if announced != .none, Self.expectsContinue(head) {
            try await outbound.write(.head(HTTPResponse(status: .continue)))
        }
        let budget = admission.isAuthenticated ? shell.authenticatedBodies : shell.openBodies
        var charged = 0
        defer { budget.release(charged) }
        let body: [UInt8]
        do throws(Refusal) {
            pace.enter(.body(deadline: admission.bodyDeadline))
            body = try await collect(
                announced, upTo: admission.maximumBody, in: admission.isAuthenticated ? shell.spareMemory : nil,
                budget: budget, charged: &charged)
            pace.enter(.working)
        } catch {
            return try await refuse(error, head: head, next: .close)
        }
        guard !body.isEmpty || admission.maximumBody == 0 else {
            return try await refuse(.bodyEmpty, head: head, next: next)
        }
        let response = await shell.handler.respond(to: admission.route, body: body)
        if admission.isAuthenticated { shell.spareMemory.give(consume body) }
        defer { response.stream?.close() }
        guard let stream = response.stream, head.method != .head else {
            shell.handler.completed(head, route: admission.route, status: response.status)
            return try await write(response, head: head, next: next)
        }
        // A body without a length has chunks, which such a client does not know.
        if facts.isOld { return try await refuse(.versionUnknown, head: head, next: .close) }
        shell.handler.completed(head, route: admission.route, status: response.status)
        try await write(response, parts: stream)
        return .close
    }

    private func admit(
        _ head: HTTPRequest, _ announced: AnnouncedBody, fault: Refusal?
    ) -> Result<Admission<Handler.Route>, Refusal> {
        if let fault { return .failure(fault) }
        return shell.handler.admit(head, certificate: shown.certificate).flatMap {
            announced.check(against: $0, head: head)
        }
    }

    /// Reads the body and the end of the request; the HTTP decoder sees to it that it has the announced length.
    private mutating func collect(
        _ announced: AnnouncedBody, upTo limit: Int, in spare: SpareMemory?, budget: BodyBudget, charged: inout Int
    ) async throws(Refusal) -> [UInt8] {
        var body: [UInt8] = []
        // The announced length is the sender's word: it is believed when the first megabyte has come.
        body.reserveCapacity(min(announced.length ?? 0, 1 << 20))
        while true {
            let part: HTTPRequestPart?
            do { part = try await iterator.next() } catch { throw refusal(readingBody: error) }
            switch part {
            case .body(let buffer):
                let count = body.count + buffer.readableBytes
                guard count <= limit else { throw .bodyTooLarge(limit: limit) }
                guard budget.charge(buffer.readableBytes) else { throw .overloaded }
                charged += buffer.readableBytes
                // Of chunks nobody knows how many more come: room for twice as many, of which pages are taken when used.
                if count > body.capacity {
                    let room = announced.length ?? min(2 * count, limit)
                    if var larger = spare?.take(room) {
                        larger += body
                        body = larger
                    } else {
                        body.reserveCapacity(room)
                    }
                }
                buffer.withUnsafeReadableBytes { body.append(contentsOf: $0) }
            case .end:
                return body
            case .head, nil:
                throw .bodyTruncated
            }
        }
    }

    private func refuse(_ refusal: Refusal, head: HTTPRequest?, next: Next) async throws -> Next {
        let response = shell.handler.response(for: refusal, to: head)
        shell.handler.completed(head, route: nil, status: response.status)
        return try await write(response, head: head, next: next)
    }

    private func write(_ response: ServerResponse, head: HTTPRequest?, next: Next) async throws -> Next {
        var fields = response.headers
        fields[.contentLength] = String(response.body.count)
        fields[.date] = HTTPDate.now()
        switch next {
        case .keep: break
        case .keepAndSaySo: fields[.connection] = "keep-alive"
        case .close: fields[.connection] = "close"
        }
        pace.enter(.writing)
        var parts: [HTTPResponsePart] = [.head(HTTPResponse(status: response.status, headerFields: fields))]
        if head?.method != .head, !response.body.isEmpty {
            parts.append(.body(ByteBuffer(bytes: response.body)))
        }
        parts.append(.end(nil))
        try await outbound.write(contentsOf: parts)
        return next
    }

    /// Writes a body that goes on, until it ends or nobody reads it any more.
    ///
    /// Between two parts the peer cannot be slow; at each it has the time of a whole response.
    private func write(_ response: ServerResponse, parts stream: ResponseStream) async throws {
        var fields = response.headers
        fields[.date] = HTTPDate.now()
        fields[.connection] = "close"
        pace.enter(.writing)
        try await outbound.write(.head(HTTPResponse(status: response.status, headerFields: fields)))
        pace.enter(.working)
        for await part in stream.parts {
            pace.enter(.writing)
            try await outbound.write(.body(part))
            pace.enter(.working)
        }
        pace.enter(.writing)
        try await outbound.write(.end(nil))
    }
}

extension ServedConnection {
    private static func expectsContinue(_ head: HTTPRequest) -> Bool {
        head.headerFields[.expect]?.lowercased() == "100-continue"
    }

    private var headTooLarge: Refusal {
        .headTooLarge(bytes: shell.limits.maximumHead, fields: shell.limits.maximumFields)
    }

    private func refusal(readingHead error: any Error) -> Refusal {
        switch error {
        case let refusal as Refusal: refusal
        case let error as PaceError where error == .headTooSlow: .headTooSlow
        case HTTPParserError.headerOverflow: headTooLarge
        case HTTPParserError.unexpectedContentLength, HTTPParserError.invalidContentLength: .framingAmbiguous
        case HTTPParserError.invalidVersion: .versionUnknown
        default: .malformedRequest
        }
    }

    private func refusal(readingBody error: any Error) -> Refusal {
        switch error {
        case let refusal as Refusal: refusal
        case is PaceError: .bodyTooSlow
        // Trailers count with the head.
        case HTTPParserError.headerOverflow: headTooLarge
        case HTTPParserError.invalidEOFState, HTTPParserError.closedConnection: .bodyTruncated
        case is HTTPParserError: .malformedRequest
        default: .bodyTruncated
        }
    }
}
