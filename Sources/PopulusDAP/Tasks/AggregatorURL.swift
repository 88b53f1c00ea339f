import Foundation

/// An aggregator's base URL: what its peers put the paths of its resources behind.
///
/// The one place that decides what such a URL may be, for `task new` and for every file that is read, and whether it leads
/// to this machine. Requests are made of the bytes of the task's configuration, so whatever two readers could take
/// differently is refused: spaces, user information, dots and empty segments in the path, addresses in odd notations.
package struct AggregatorURL: Hashable, Sendable {
    /// Whether the scheme is `https`.
    package let isSecure: Bool
    /// In small letters; an IPv6 address without its brackets.
    package let host: String
    /// As it was given; nothing where it is the scheme's.
    package let port: Int?
    /// With a slash at both ends.
    package let path: String

    /// - Throws: what is wrong with it, and how it would be right.
    package init(_ text: String) throws(AggregatorURLError) {
        guard !text.unicodeScalars.contains(where: Self.isBlank) else { throw .blank }
        guard let mark = text.range(of: "://") else { throw .noScheme(text) }
        switch text[..<mark.lowerBound].lowercased() {
        case "https": isSecure = true
        case "http": isSecure = false
        case let scheme: throw .otherScheme(scheme)
        }
        let rest = text[mark.upperBound...]
        let end = rest.firstIndex { "/?#\\".contains($0) } ?? rest.endIndex
        (host, port) = try Self.authority(rest[..<end])
        path = try Self.path(rest[end...])
    }

    /// The URL, with a slash at its end.
    package var text: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return (isSecure ? "https://" : "http://") + name + (port.map { ":\($0)" } ?? "") + path
    }

    /// The port that is connected to.
    package var effectivePort: Int { port ?? (isSecure ? 443 : 80) }

    /// Whether it leads to the very machine that uses it, whatever the network or its name servers do.
    package var isLoopback: Bool {
        if host == "localhost" { return true }
        if let bytes = Self.ipv4(host) { return bytes[0] == 127 }
        return Self.ipv6(host) == [UInt8](repeating: 0, count: 15) + [1]
    }

    /// Whether it is plain HTTP to another machine, where tokens could be read on the way.
    package var isExposed: Bool { !isSecure && !isLoopback }

    /// Whether both lead to one host and port.
    package func sharesServer(with other: AggregatorURL) -> Bool {
        let isSameHost = host == other.host || isIPv4Loopback && other.isIPv4Loopback
        return isSameHost && effectivePort == other.effectivePort
    }

    /// Whether two parties could not be told apart at these URLs.
    package func leadsToSame(as other: AggregatorURL) -> Bool { sharesServer(with: other) && path == other.path }

    private var isIPv4Loopback: Bool { isLoopback && !host.contains(":") }
}

// MARK: - Parts

extension AggregatorURL {
    private static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
        !ForeignText.isPrintable(scalar) || scalar == " "
    }

    /// Host and port.
    private static func authority(_ text: Substring) throws(AggregatorURLError) -> (String, Int?) {
        guard !text.contains("@") else { throw .userInformation }
        var (name, tail) = (text, text[text.endIndex...])
        if text.first == "[" {
            guard let end = text.firstIndex(of: "]") else { throw .badAddress(String(text)) }
            (name, tail) = (text[text.index(after: text.startIndex)..<end], text[text.index(after: end)...])
            guard ipv6(String(name)) != nil else { throw .badAddress(String(name)) }
        } else if let colon = text.firstIndex(of: ":") {
            guard text[text.index(after: colon)...].firstIndex(of: ":") == nil else { throw .noBrackets(String(text)) }
            (name, tail) = (text[..<colon], text[colon...])
        }
        let host = name.lowercased()
        if text.first != "[" { try check(host: host) }
        guard !isUnspecified(host) else { throw .unspecifiedAddress(host) }
        guard !tail.isEmpty else { return (host, nil) }
        let digits = tail.dropFirst()
        guard tail.first == ":", (1...5).contains(digits.count), digits.first != "0",
            digits.allSatisfy({ $0.isASCII && $0.isNumber }), let port = Int(digits), port <= 65_535
        else { throw .badPort(String(digits)) }
        return (host, port)
    }

    /// A name of the DNS or an IPv4 address in its usual notation.
    private static func check(host: String) throws(AggregatorURLError) {
        guard !host.isEmpty else { throw .noHost }
        guard host.utf8.allSatisfy({ $0 < 0x80 }) else {
            throw .notASCII(host, ascii: Punycode.ascii(host: host).flatMap { isName($0) ? $0 : nil })
        }
        // What ends in a number is an address to every resolver, in octal or with parts missing too.
        let last = host.split(separator: ".", omittingEmptySubsequences: false).last ?? ""
        guard let first = last.first, first.isNumber, last.allSatisfy({ $0.isNumber }) || last.hasPrefix("0x") else {
            guard isName(host) else { throw .badHost(host) }
            return
        }
        guard ipv4(host) != nil else { throw .badAddress(host) }
    }

    private static func isName(_ host: String) -> Bool {
        let labels = host.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return host.utf8.count <= 253
            && labels.allSatisfy { label in
                (1...63).contains(label.count) && label.first != UInt8(ascii: "-") && label.last != UInt8(ascii: "-")
                    && label.allSatisfy("abcdefghijklmnopqrstuvwxyz0123456789-_".utf8.contains)
            }
    }

    /// The four bytes of an address such as `127.0.0.1`.
    private static func ipv4(_ host: String) -> [UInt8]? {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        let bytes = parts.compactMap { part in
            part.count <= 3 && part.allSatisfy({ $0.isASCII && $0.isNumber }) && (part == "0" || part.first != "0")
                ? UInt8(part) : nil
        }
        return parts.count == 4 && bytes.count == 4 ? bytes : nil
    }

    /// The sixteen bytes of an address such as `::1`, without a zone.
    private static func ipv6(_ host: String) -> [UInt8]? {
        var address = in6_addr()
        guard host.utf8.count < 46, inet_pton(AF_INET6, host, &address) == 1 else { return nil }
        return withUnsafeBytes(of: &address) { Array($0) }
    }

    private static func isUnspecified(_ host: String) -> Bool {
        ipv4(host) == [0, 0, 0, 0] || ipv6(host) == [UInt8](repeating: 0, count: 16)
    }

    /// A path of which nothing can be taken for another one.
    private static func path(_ text: Substring) throws(AggregatorURLError) -> String {
        guard !text.contains("?") else { throw .query }
        guard !text.contains("#") else { throw .fragment }
        guard text.first != "\\" else { throw .badPath("\\") }
        let path = text.isEmpty ? "/" : text.hasSuffix("/") ? String(text) : text + "/"
        for segment in path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().dropLast() {
            guard !segment.isEmpty else { throw .emptySegment }
            guard segment != ".", segment != ".." else { throw .dotSegment }
            guard segment.utf8.allSatisfy(segmentBytes.contains) else { throw .badPath(String(segment)) }
        }
        return path
    }

    /// Unreserved characters and those with no meaning of their own (RFC 3986 §3.3).
    ///
    /// Percent-encoding is not among them: servers and proxies differ in what they decode.
    private static let segmentBytes = Set(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$&'()*+,;=:@".utf8)
}
