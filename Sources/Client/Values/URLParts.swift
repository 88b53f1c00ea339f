/// A URL cut into its parts, where RFC 3986 and the URL Standard cut at the same places.
///
/// They differ where a line is no URL to one of them: with a backslash, which browsers read as `/`, or with two `@`. Such
/// lines are refused, since what their host is depends on who reads them. Nothing is decoded here.
///
/// Spec: RFC 3986 appendix B; URL Standard §4.4
struct URLParts: Hashable {
    /// Without the colon.
    let scheme: ArraySlice<UInt8>
    /// What is between `//` and the path; nil where there is no `//`.
    let authority: ArraySlice<UInt8>?
    let path: ArraySlice<UInt8>
    /// Without the question mark; nil where there is none.
    let query: ArraySlice<UInt8>?
    /// Without the number sign; nil where there is none.
    let fragment: ArraySlice<UInt8>?

    /// Spaces and tabs around a line are no part of it.
    init(_ line: [UInt8]) throws(URLRefusal) {
        var rest = line[...].drop(while: Self.isSpace)
        while let last = rest.last, Self.isSpace(last) { rest.removeLast() }
        if rest.contains(where: { $0 < 0x20 || $0 == 0x7f }) { throw .controlCharacter }
        scheme = try Self.scheme(&rest)
        fragment = Self.cut(&rest, at: UInt8(ascii: "#"))
        query = Self.cut(&rest, at: UInt8(ascii: "?"))
        if rest.contains(UInt8(ascii: "\\")) { throw .backslash }
        guard rest.starts(with: "//".utf8) else {
            authority = nil
            path = rest
            return
        }
        rest = rest.dropFirst(2)
        let end = rest.firstIndex(of: UInt8(ascii: "/")) ?? rest.endIndex
        authority = rest[..<end]
        path = rest[end...]
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    /// Takes the scheme and its colon off.
    private static func scheme(_ rest: inout ArraySlice<UInt8>) throws(URLRefusal) -> ArraySlice<UInt8> {
        guard let colon = rest.firstIndex(of: UInt8(ascii: ":")), let first = rest.first, first.isLetter,
            rest[..<colon].allSatisfy({ $0.isLetter || $0.isDigit || "+-.".utf8.contains($0) })
        else { throw .noScheme }
        defer { rest = rest[(colon + 1)...] }
        return rest[..<colon]
    }

    /// Takes off what follows the first such byte; nil where there is none.
    private static func cut(_ rest: inout ArraySlice<UInt8>, at byte: UInt8) -> ArraySlice<UInt8>? {
        guard let place = rest.firstIndex(of: byte) else { return nil }
        defer { rest = rest[..<place] }
        return rest[(place + 1)...]
    }
}

/// The parts of an authority: `user:password@host:port`.
struct URLAuthority: Hashable {
    /// Without the `@`; nil where there is none.
    let credentials: ArraySlice<UInt8>?
    /// With its brackets where it is an address in such.
    let host: ArraySlice<UInt8>
    /// Nil where there is none, or only its colon.
    let port: UInt16?
    /// Whether there is neither an `@` nor a colon for a port.
    let isHostAlone: Bool

    init(_ text: ArraySlice<UInt8>) throws(URLRefusal) {
        var rest = text
        if let at = text.firstIndex(of: UInt8(ascii: "@")) {
            credentials = text[..<at]
            rest = text[(at + 1)...]
            guard !rest.contains(UInt8(ascii: "@")) else { throw .severalAts }
        } else {
            credentials = nil
        }
        if rest.first == UInt8(ascii: "[") {
            guard let end = rest.firstIndex(of: UInt8(ascii: "]")) else { throw .host }
            host = rest[...end]
            rest = rest[(end + 1)...]
            guard rest.isEmpty || rest.first == UInt8(ascii: ":") else { throw .host }
        } else {
            host = rest.prefix { $0 != UInt8(ascii: ":") }
            rest = rest[host.endIndex...]
        }
        isHostAlone = credentials == nil && rest.isEmpty
        port = try Self.port(rest.dropFirst())
    }

    private static func port(_ digits: ArraySlice<UInt8>) throws(URLRefusal) -> UInt16? {
        guard !digits.isEmpty else { return nil }
        guard digits.allSatisfy(\.isDigit), let port = UInt16(String(decoding: digits, as: UTF8.self)) else {
            throw .port
        }
        return port
    }
}

extension UInt8 {
    /// An ASCII letter.
    var isLetter: Bool { (0x61...0x7a).contains(self | 0x20) }
    /// An ASCII digit.
    var isDigit: Bool { (0x30...0x39).contains(self) }
    /// An ASCII capital as the small letter; everything else as it is.
    var lowercased: UInt8 { (0x41...0x5a).contains(self) ? self | 0x20 : self }

    /// The value of a hexadecimal digit.
    var hexValue: UInt8? {
        switch self {
        case 0x30...0x39: self - 0x30
        case 0x41...0x46, 0x61...0x66: (self | 0x20) - 0x61 + 10
        default: nil
        }
    }
}

/// Why a line is no URL, or none with what is wanted; it never says what is in the line.
package enum URLRefusal: Error, Hashable, Sendable {
    case noScheme
    case controlCharacter
    case backslash
    case severalAts
    /// A space where there is no host that would make it a URL.
    case space
    case noHost
    case host
    /// A host that ends in a number and is no IPv4 address.
    case numericHost
    case port
    case noOrigin
}

extension URLRefusal: CustomStringConvertible {
    package var description: String {
        let reason =
            switch self {
            case .noScheme: "it does not begin with a scheme, such as https:"
            case .controlCharacter: "it has a control character inside"
            case .backslash: "it has a backslash before its query, which some read as a slash"
            case .severalAts: "it has more than one @ before its path"
            case .space: "it has a space inside"
            case .noHost: "it has no host"
            case .host: "its host is no name and no address"
            case .numericHost: "its host ends in a number and is no IPv4 address"
            case .port: "its port is no number up to 65535"
            case .noOrigin: "only http, https, ws, wss and ftp have an origin"
            }
        return "no URL of the wanted kind: \(reason)"
    }
}
