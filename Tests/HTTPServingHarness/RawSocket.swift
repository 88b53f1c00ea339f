import Foundation

/// A TCP connection to loopback that sends what it is told, byte for byte, however wrong.
///
/// Blocking calls: a test calls it through ``RawSocket/run(_:)``.
package struct RawSocket: Sendable {
    /// What came back until the server closed or the deadline passed.
    package struct Reply: Sendable {
        package var text: String
        package var seconds: Double
        /// Whether the server ended the connection.
        package var closed: Bool

        package var status: Int? { text.split(separator: " ").dropFirst().first.flatMap { Int($0) } }
        package var body: String {
            text.range(of: "\r\n\r\n").map { String(text[$0.upperBound...]) } ?? ""
        }

        /// The values of the head's fields of a name, in their order.
        package func fields(_ name: String) -> [String] {
            let head = text.components(separatedBy: "\r\n\r\n").first ?? ""
            return head.components(separatedBy: "\r\n").filter { $0.lowercased().hasPrefix(name.lowercased() + ": ") }
                .map { String($0.dropFirst(name.count + 2)) }
        }
    }

    package struct Failure: Error {
        package var what: String
        package var code = errno
    }

    private let descriptor: Int32
    private let start = Date()

    package init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(what: "socket") }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw Failure(what: "connect") }
    }

    /// Sends all bytes.
    ///
    /// - Returns: how many the kernel took before the peer reset the connection.
    @discardableResult
    package func send(_ bytes: [UInt8]) -> Int {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { break }
            sent += count
        }
        return sent
    }

    @discardableResult
    package func send(_ text: String) -> Int {
        send(Array(text.utf8))
    }

    /// Tells the peer that nothing more comes.
    package func endSending() {
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Whether something can be read (or the peer has closed) within this time.
    package func isReadable(within seconds: Double) -> Bool {
        var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return Glibc.poll(&poll, 1, Int32(seconds * 1000)) > 0
    }

    /// Reads until the peer closes, the text satisfies the predicate, or time is up.
    package func read(for seconds: Double, until isEnough: (String) -> Bool = { _ in false }) -> Reply {
        var bytes: [UInt8] = []
        var closed = false
        let deadline = Date().addingTimeInterval(seconds)
        var buffer = [UInt8](repeating: 0, count: 65536)
        while deadline.timeIntervalSinceNow > 0, isReadable(within: deadline.timeIntervalSinceNow) {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else {
                closed = true
                break
            }
            bytes += buffer[..<count]
            if isEnough(String(decoding: bytes, as: UTF8.self)) { break }
        }
        return Reply(
            text: String(decoding: bytes, as: UTF8.self), seconds: Date().timeIntervalSince(start), closed: closed)
    }

    package func end() {
        close(descriptor)
    }

    /// Runs blocking socket calls on a thread of their own.
    package static func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            let thread = Thread { continuation.resume(with: Swift.Result { try body() }) }
            thread.start()
        }
    }

    /// One request on a connection of its own, and everything that the server answers.
    package static func exchange(port: Int, _ request: String, body: [UInt8] = [], seconds: Double = 10) async throws
        -> Reply
    {
        try await run {
            let socket = try RawSocket(port: port)
            defer { socket.end() }
            socket.send(request)
            socket.send(body)
            return socket.read(for: seconds)
        }
    }
}
