#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Where a server listens: a host of this machine, and a port.
///
/// The host is an IPv4 or an IPv6 address, a name, or `*` for every address of both families. `0.0.0.0` is every IPv4
/// address, `::` every IPv6 address and nothing else.
package struct ListenAddress: Hashable, Sendable {
    /// The host that stands for every address of this machine.
    package static let anyHost = "*"

    package var host: String
    /// 0 asks the system for a free port.
    package var port: Int

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Reads `HOST:PORT`; an IPv6 host stands in brackets.
    package init(parsing text: String) throws(ListenAddressError) {
        guard !text.contains("/") else { throw .notAnAddress(text) }
        guard let colon = text.lastIndex(of: ":"), !text.hasSuffix("]") else { throw .portMissing(text) }
        let (before, digits) = (text[..<colon], text[text.index(after: colon)...])
        if before.first != "[", before.contains(":") { throw .bracketsMissing(text) }
        guard !before.isEmpty else { throw .hostMissing(port: String(digits)) }
        guard !digits.isEmpty, digits.utf8.allSatisfy({ 0x30...0x39 ~= $0 }), let port = UInt16(digits) else {
            throw .portInvalid(String(digits))
        }
        self.init(host: try Self.host(before), port: Int(port))
    }

    /// A host as it may stand before the port.
    private static func host(_ text: Substring) throws(ListenAddressError) -> String {
        if text.first == "[" {
            let address = text.dropFirst().prefix { $0 != "]" }
            guard text.dropFirst(address.utf8.count + 1) == "]", isIPv6(address) else {
                throw .hostInvalid(String(text))
            }
            return String(address)
        }
        if text == anyHost { return anyHost }
        let isName = text.utf8.allSatisfy {
            switch $0 {
            case 0x61...0x7A, 0x41...0x5A, 0x30...0x39, 0x2D, 0x2E, 0x5F: true
            default: false
            }
        }
        guard isName, text.utf8.count < 254, text.first != ".", text.first != "-" else {
            throw .hostInvalid(String(text))
        }
        // The system would read `127.1`, `0` and `0x7f000001` as addresses that nobody meant.
        let last = text.split(separator: ".").last?.lowercased() ?? ""
        let isNumber =
            last.allSatisfy(\.isNumber) || (last.hasPrefix("0x") && last.dropFirst(2).allSatisfy(\.isHexDigit))
        guard !isNumber || isIPv4(text) else { throw .hostInvalid(String(text)) }
        return String(text)
    }

    static func isIPv4(_ text: some StringProtocol) -> Bool {
        var address = in_addr()
        return inet_pton(AF_INET, String(text), &address) == 1
    }

    /// Whether a text is an IPv6 address; a link's own one has its interface behind a `%`.
    static func isIPv6(_ text: some StringProtocol) -> Bool {
        var address = in6_addr()
        let parts = text.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, parts.count == 1 || !parts[1].isEmpty else { return false }
        return inet_pton(AF_INET6, String(first), &address) == 1
    }

    /// Whether it stands for every address of the machine, so that it says nobody else where that is.
    package var isEvery: Bool {
        host == Self.anyHost || host == "0.0.0.0" || (Self.isIPv6(host) && host.allSatisfy { $0 == "0" || $0 == ":" })
    }

    /// Whether it is known on this machine alone: by loopback, or by the name of an interface.
    package var isOfThisMachine: Bool {
        let host = host.lowercased()
        return host == "localhost" || host == "::1" || host.contains("%")
            || (Self.isIPv4(host) && host.hasPrefix("127."))
    }

    /// Whether a server on this address and one on the other want the same port of the same address.
    ///
    /// Names are not looked up, but for `localhost`.
    package func overlaps(_ other: Self) -> Bool {
        guard port == other.port, port != 0 else { return false }
        return covers(other) || other.covers(self)
    }

    private func covers(_ other: Self) -> Bool {
        let (host, other) = (host.lowercased(), other.host.lowercased())
        switch host {
        case Self.anyHost, other: return true
        case "0.0.0.0": return other == "localhost" || Self.isIPv4(other)
        case "::": return other == "localhost" || Self.isIPv6(other)
        case "localhost": return other == "127.0.0.1" || other == "::1"
        default: return false
        }
    }
}

extension ListenAddress: CustomStringConvertible {
    package var description: String {
        host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}

/// Why a text is no address to listen on.
package enum ListenAddressError: Error, Equatable {
    /// There is a path or a scheme.
    case notAnAddress(String)
    case portMissing(String)
    case portInvalid(String)
    case hostMissing(port: String)
    case hostInvalid(String)
    /// An IPv6 address without brackets.
    case bracketsMissing(String)
}

extension ListenAddressError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notAnAddress:
            "give ADDRESS:PORT alone, such as 127.0.0.1:9001; no http:// and no path"
        case .portMissing(let text):
            text.allSatisfy(\.isNumber) || text.isEmpty
                ? "give ADDRESS:PORT, such as 127.0.0.1:\(UInt16(text) == nil ? "9001" : text)"
                : "the port is missing: give ADDRESS:PORT, such as 127.0.0.1:9001"
        case .portInvalid:
            "the port is a number from 0 to 65535, such as in 127.0.0.1:9001; 0 takes a free one"
        case .hostMissing(let port):
            """
            the address is missing: give 127.0.0.1:\(Self.port(port)) to listen for this machine alone, or \
            '*:\(Self.port(port))' for every address that it has
            """
        case .hostInvalid(let host) where host.first == "[":
            "only an IPv6 address stands in brackets, such as [::1]:9001"
        case .hostInvalid:
            """
            the address is four numbers from 0 to 255, an IPv6 address in brackets, a name, or *: 127.0.0.1:9001, \
            [::1]:9001, localhost:9001, '*:9001'
            """
        case .bracketsMissing(let text):
            "an IPv6 address stands in brackets, such as \(Self.bracketed(text))"
        }
    }

    private static func port(_ text: String) -> String { UInt16(text) == nil ? "9001" : text }

    /// What was probably meant.
    private static func bracketed(_ text: String) -> String {
        guard let colon = text.lastIndex(of: ":"), UInt16(text[text.index(after: colon)...]) != nil,
            ListenAddress.isIPv6(text[..<colon])
        else { return "[::1]:9001" }
        return "[\(text[..<colon])]\(text[colon...])"
    }
}
