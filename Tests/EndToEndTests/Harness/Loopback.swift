import Foundation

/// Free TCP ports of the loopback interface.
enum Loopback {
    /// A port that nobody listens on, below the range from which the kernel takes the ports of outgoing connections: it
    /// stays free while a killed server is started again.
    static func freePort() throws -> Int {
        for _ in 0..<200 {
            let port = Int.random(in: 15_000..<32_000)
            if let socket = Listener(port: port) {
                withExtendedLifetime(socket) {}
                return port
            }
        }
        throw HarnessError("no free port on 127.0.0.1")
    }

    /// The address of a port.
    static func address(_ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        return address
    }

    /// Hands a socket address on as C wants it.
    static func withAddress<Result>(_ port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        withUnsafePointer(to: address(port)) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    /// A socket that listens and never answers: a taken port.
    final class Listener: Sendable {
        private let descriptor: Int32

        /// Takes a port; nil if somebody has it.
        init?(port: Int) {
            descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            var reuse: Int32 = 1
            setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &reuse, socklen_t(MemoryLayout<Int32>.size))
            let bound = Loopback.withAddress(port) { bind(descriptor, $0, $1) }
            guard bound == 0, listen(descriptor, 8) == 0 else {
                close(descriptor)
                return nil
            }
        }

        deinit { close(descriptor) }
    }
}
