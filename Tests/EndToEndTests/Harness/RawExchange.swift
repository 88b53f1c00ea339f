import Foundation

/// One HTTP/1.1 request written byte by byte, right or wrong, and its response.
struct RawExchange {
    let port: Int
    /// The request line and fields, lines ended by LF here, without the empty line that ends them.
    var head: String
    /// Whether that empty line is sent.
    var endsHead = true
    var body: Body = .bytes([])
    /// Whether the body waits for `100 Continue`.
    var expectsContinue = false
    var limit: Duration = .seconds(30)

    enum Body {
        case bytes([UInt8])
        /// So many zeros, as fast as they are taken.
        case zeros(Int)
        /// These bytes, one a second.
        case slow([UInt8])
    }

    struct Response {
        var status: Int
        var fields: [String: String]
        var body: String
        /// How much of the body had been handed to the kernel when the response was complete.
        var bodyBytesSent: Int
        var elapsed: Duration
    }

    /// What is still to be sent.
    private struct Outgoing {
        var pending: [UInt8]
        var zeros = 0
        var slow: ArraySlice<UInt8> = []
        var sent = 0
        var lastSlowByte = ContinuousClock.now

        mutating func refill() {
            if !slow.isEmpty, ContinuousClock.now - lastSlowByte >= .seconds(1) {
                pending.append(slow.removeFirst())
                lastSlowByte = .now
            } else if zeros > 0, pending.isEmpty {
                pending = Array(repeating: 0, count: min(zeros, 1 << 16))
                zeros -= pending.count
            }
        }
    }

    /// Sends the request and waits for the final response; throws when the connection ends without one.
    func run() async throws -> Response {
        let start = ContinuousClock.now
        let descriptor = try connected()
        defer { close(descriptor) }
        let headBytes = Array((head.replacing("\n", with: "\r\n") + (endsHead ? "\r\n\r\n" : "")).utf8)
        var outgoing = Outgoing(pending: headBytes)
        var received: [UInt8] = []
        var wrote = true
        var bodyAdmitted = !expectsContinue
        if bodyAdmitted { add(to: &outgoing) }
        while ContinuousClock.now - start < limit {
            outgoing.refill()
            var progress = false
            if wrote, !outgoing.pending.isEmpty {
                let count = send(descriptor, outgoing.pending, outgoing.pending.count, Int32(MSG_NOSIGNAL))
                if count > 0 {
                    outgoing.pending.removeFirst(count)
                    outgoing.sent += count
                    progress = true
                } else if errno != EAGAIN {
                    wrote = false
                }
            }
            var buffer = [UInt8](repeating: 0, count: 1 << 16)
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count > 0 { received += buffer[..<count] }
            if let message = Message(received) {
                if message.status == 100 {
                    received.removeFirst(message.length)
                    if !bodyAdmitted { add(to: &outgoing) }
                    bodyAdmitted = true
                    continue
                }
                return Response(
                    status: message.status, fields: message.fields, body: message.body,
                    bodyBytesSent: max(0, outgoing.sent - headBytes.count), elapsed: ContinuousClock.now - start)
            }
            if count == 0 || (count < 0 && errno != EAGAIN) {
                throw HarnessError("the connection ended without a response after \(received.count) bytes")
            }
            if !progress, count < 0 { try await Task.sleep(for: .milliseconds(5)) }
        }
        throw HarnessError("no response within \(limit)")
    }

    private func add(to outgoing: inout Outgoing) {
        switch body {
        case .bytes(let bytes): outgoing.pending += bytes
        case .zeros(let count): outgoing.zeros = count
        case .slow(let bytes): outgoing.slow = bytes[...]
        }
    }

    private func connected() throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard Loopback.withAddress(port, { connect(descriptor, $0, $1) }) == 0 else {
            close(descriptor)
            throw HarnessError("cannot connect to port \(port)")
        }
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        return descriptor
    }

    /// A response that has come in full.
    private struct Message {
        var status = 0
        var fields: [String: String] = [:]
        var body = ""
        var length = 0

        init?(_ received: [UInt8]) {
            let end = Array("\r\n\r\n".utf8)
            guard let start = received.indices.first(where: { received[$0...].starts(with: end) }) else { return nil }
            let lines = String(decoding: received[..<start], as: UTF8.self).components(separatedBy: "\r\n")
            status = Int(lines[0].split(separator: " ").dropFirst().first ?? "") ?? 0
            for line in lines.dropFirst() {
                guard let colon = line.firstIndex(of: ":") else { continue }
                fields[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(
                    in: .whitespaces)
            }
            let announced = Int(fields["content-length"] ?? "0") ?? 0
            length = start + end.count + announced
            guard received.count >= length else { return nil }
            body = String(decoding: received[(start + end.count)..<length], as: UTF8.self)
        }
    }
}
