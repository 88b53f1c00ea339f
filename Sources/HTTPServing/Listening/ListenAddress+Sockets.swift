import NIOCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The socket addresses behind a ``ListenAddress``.
struct ListenSockets {
    var addresses: [SocketAddress]
    /// Whether every address must be there.
    ///
    /// Otherwise those that this machine lacks are passed over, as long as one remains: `*` on a machine without IPv6, and
    /// names that have further addresses elsewhere.
    var isStrict: Bool
}

extension ListenAddress {
    /// Looks a name up; an address is taken as it is.
    func sockets() throws(ListenError) -> ListenSockets {
        switch host {
        case Self.anyHost:
            // Both are addresses; of the sockets only one has to open.
            let all = ["0.0.0.0", "::"].compactMap { try? SocketAddress(ipAddress: $0, port: port) }
            return ListenSockets(addresses: all, isStrict: false)
        case _ where Self.isIPv4(host) || Self.isIPv6(host):
            return ListenSockets(addresses: try lookUp(AI_NUMERICHOST), isStrict: true)
        default:
            return ListenSockets(addresses: try lookUp(0), isStrict: false)
        }
    }

    /// Every address of the host, each once: the system lists it for each kind of socket.
    private func lookUp(_ flags: Int32) throws(ListenError) -> [SocketAddress] {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_flags = flags | AI_NUMERICSERV
        var first: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &first) == 0 else { throw .unknownHost(self) }
        defer { freeaddrinfo(first) }
        var found: [SocketAddress] = []
        for entry in sequence(first: first, next: { $0?.pointee.ai_next }) {
            guard let entry = entry?.pointee, let address = Self.address(entry), !found.contains(address) else {
                continue
            }
            found.append(address)
        }
        guard !found.isEmpty else { throw .unknownHost(self) }
        return found
    }

    private static func address(_ entry: addrinfo) -> SocketAddress? {
        guard let pointer = UnsafeRawPointer(entry.ai_addr) else { return nil }
        switch entry.ai_family {
        case AF_INET: return SocketAddress(pointer.loadUnaligned(as: sockaddr_in.self))
        case AF_INET6: return SocketAddress(pointer.loadUnaligned(as: sockaddr_in6.self))
        default: return nil
        }
    }

    /// The address of a socket.
    init(_ address: SocketAddress) {
        self.init(host: address.ipAddress ?? "?", port: address.port ?? 0)
    }
}

/// What a server really listens on: one address of each socket.
package struct BoundAddresses: Sendable {
    package let addresses: [ListenAddress]
    /// Whether TLS is spoken there.
    package let isSecure: Bool

    /// The port, which is the same for all.
    package var port: Int { addresses.first?.port ?? 0 }

    /// A URL for each address, in one text for people.
    package func urls(path: String = "/") -> String {
        addresses.map { "\(isSecure ? "https" : "http")://\($0)\(path)" }.joined(separator: " and ")
    }
}
