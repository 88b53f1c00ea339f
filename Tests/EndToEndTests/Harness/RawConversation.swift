import Foundation

/// Bytes on a connection to a server of this machine, and whatever comes back.
struct RawConversation {
    struct Answer {
        var text = ""
        /// Whether the server ended the connection.
        var isClosed = false
        var elapsed = Duration.zero

        var status: Int? { text.split(separator: " ").dropFirst().first.flatMap { Int($0) } }
        /// What follows the first head.
        var body: String { text.range(of: "\r\n\r\n").map { String(text[$0.upperBound...]) } ?? "" }

        /// The values of a field of the first head.
        func fields(_ name: String) -> [String] {
            let lines = (text.components(separatedBy: "\r\n\r\n").first ?? "").components(separatedBy: "\r\n")
            return lines.filter { $0.lowercased().hasPrefix(name.lowercased() + ":") }
                .map { $0.dropFirst(name.count + 1).trimmingCharacters(in: .whitespaces) }
        }
    }

    let port: Int
    /// `127.0.0.1` or `::1`.
    var host = "127.0.0.1"

    /// Sends bytes, and reads until the server closes, the text is enough, or the time is over.
    func run(
        _ bytes: some Sequence<UInt8>, within limit: Duration = .seconds(5),
        until isEnough: (String) -> Bool = { _ in false }
    ) async throws -> Answer {
        let start = ContinuousClock.now
        guard let descriptor = connected() else { throw HarnessError("cannot connect to \(host) port \(port)") }
        defer { close(descriptor) }
        var pending = Array(bytes)
        var received: [UInt8] = []
        var answer = Answer()
        while ContinuousClock.now - start < limit, !answer.isClosed {
            if !pending.isEmpty {
                let count = send(descriptor, pending, pending.count, Int32(MSG_NOSIGNAL))
                if count > 0 { pending.removeFirst(count) } else if errno != EAGAIN { pending = [] }
            }
            var buffer = [UInt8](repeating: 0, count: 1 << 16)
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count > 0 { received += buffer[..<count] }
            answer.isClosed = count == 0 || (count < 0 && errno != EAGAIN)
            answer.text = String(decoding: received, as: UTF8.self)
            if count > 0, isEnough(answer.text) { break }
            if count < 0 { try await Task.sleep(for: .milliseconds(5)) }
        }
        answer.elapsed = ContinuousClock.now - start
        return answer
    }

    func run(
        _ text: String, within limit: Duration = .seconds(5), until isEnough: (String) -> Bool = { _ in false }
    ) async throws -> Answer {
        try await run(Array(text.utf8), within: limit, until: isEnough)
    }

    /// Whether somebody listens there.
    var isAnswered: Bool {
        guard let descriptor = connected() else { return false }
        close(descriptor)
        return true
    }

    private func connected() -> Int32? {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let isNew = host.contains(":")
        let descriptor = socket(isNew ? AF_INET6 : AF_INET, kind, 0)
        let isConnected =
            isNew
            ? Loopback.withIPv6Address(port) { connect(descriptor, $0, $1) } == 0
            : Loopback.withAddress(port) { connect(descriptor, $0, $1) } == 0
        guard isConnected else {
            close(descriptor)
            return nil
        }
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        return descriptor
    }
}

extension Loopback {
    /// The same port of `::1`, as C wants it.
    static func withIPv6Address<Result>(_ port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        var address = sockaddr_in6()
        address.sin6_family = sa_family_t(AF_INET6)
        address.sin6_port = in_port_t(port).bigEndian
        address.sin6_addr = in6addr_loopback
        return withUnsafePointer(to: address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in6>.size))
            }
        }
    }

    /// A socket that listens on `::1`.
    final class IPv6Listener: Sendable {
        private let descriptor: Int32

        /// Takes a port; nil if somebody has it, or this machine has no `::1`.
        init?(port: Int) {
            descriptor = socket(AF_INET6, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            let bound = Loopback.withIPv6Address(port) { bind(descriptor, $0, $1) }
            guard bound == 0, listen(descriptor, 8) == 0 else {
                close(descriptor)
                return nil
            }
        }

        deinit { close(descriptor) }
    }

    /// Whether this machine has `::1`.
    static var hasIPv6: Bool { IPv6Listener(port: 0) != nil }
}
