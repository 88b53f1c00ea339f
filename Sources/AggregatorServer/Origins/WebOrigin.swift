import Foundation
import PopulusDAP

/// An origin of web pages, in the one form in which browsers send it.
///
/// What a browser sends is compared as text, so an origin in any other form would never be met: it is refused with the form
/// that would be.
///
/// Spec: RFC 6454 §6.2; Fetch §3.2 (the Origin header)
package struct WebOrigin: Hashable, Sendable {
    package let text: String

    /// - Throws: what is wrong with it, and how it would be right.
    package init(_ text: String) throws(WebOriginError) {
        guard text != "null" else { throw .null }
        guard let mark = text.range(of: "://") else { throw .noScheme(text) }
        let rest = text[mark.upperBound...]
        let end = rest.firstIndex { "/?#\\".contains($0) } ?? rest.endIndex
        let (scheme, authority) = (text[..<mark.lowerBound].lowercased(), String(rest[..<end]))
        guard !authority.contains("*") else { throw .pattern }
        let right: String
        switch scheme {
        case "http", "https": right = try Self.page(scheme, authority)
        default: right = try Self.program(scheme, authority)
        }
        guard text == right else { throw .write(right) }
        self.text = text
    }

    /// The origin of a page on a host.
    private static func page(_ scheme: String, _ authority: String) throws(WebOriginError) -> String {
        let url: AggregatorURL
        do throws(AggregatorURLError) { url = try AggregatorURL("\(scheme)://\(authority)/") } catch {
            throw .badHost(authority, error)
        }
        let host = url.host.contains(":") ? "[\(shortest(url.host))]" : url.host
        // Browsers leave the scheme's own port out.
        let isUsual = url.effectivePort == (url.isSecure ? 443 : 80)
        return "\(scheme)://\(host)" + (isUsual ? "" : ":\(url.effectivePort)")
    }

    /// An IPv6 address with the longest row of zeros left out, as browsers write it.
    private static func shortest(_ address: String) -> String {
        var (bytes, text) = (in6_addr(), [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN)))
        // It was read before, and there is room for every one.
        guard inet_pton(AF_INET6, address, &bytes) == 1,
            inet_ntop(AF_INET6, &bytes, &text, socklen_t(text.count)) != nil
        else { return address }
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// The origin of a browser's extension, such as `chrome-extension://` and its identifier.
    private static func program(_ scheme: String, _ authority: String) throws(WebOriginError) -> String {
        let letters = Set("abcdefghijklmnopqrstuvwxyz0123456789-".utf8)
        let name = authority.lowercased()
        guard let first = scheme.utf8.first, UInt8(ascii: "a")...UInt8(ascii: "z") ~= first,
            scheme.utf8.allSatisfy({ letters.contains($0) || $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: ".") }),
            !name.isEmpty, name.utf8.allSatisfy(letters.contains)
        else { throw .noOrigin("\(scheme)://\(authority)") }
        return "\(scheme)://\(name)"
    }
}

/// Why a text is no origin of web pages.
package enum WebOriginError: Error, Hashable, Sendable {
    case null
    case noScheme(String)
    case pattern
    case badHost(String, AggregatorURLError)
    case noOrigin(String)
    /// It is one, in a form that no browser sends: the form that they do send.
    case write(String)
}

extension WebOriginError: CustomStringConvertible {
    /// What is wrong, and how it would be right.
    package var description: String {
        switch self {
        case .null:
            "null is what every sandboxed page and every file has, so that it names none; give \(Self.form), or * for all"
        case .noScheme(let text):
            // What is wrong beside the scheme is said once there is one.
            (try? WebOrigin("https://" + text)).map { "it has no scheme; give \($0.text)" }
                ?? "it has no scheme; give \(Self.form), or * for all"
        case .pattern: "there are no patterns: give each origin by itself, such as https://app.example, or * for all"
        case .badHost(let host, .notASCII(_, let ascii?)):
            "browsers write the host \(host) as \(ascii): give it so"
        case .badHost(let host, .badPort):
            "the port of \(host) is none; give 1 to 65535, such as https://app.example:8443"
        case .badHost(let host, _): "\"\(host)\" is no host with a port or without; give \(Self.form)"
        case .noOrigin(let text): "\(text) is no origin; give \(Self.form)"
        case .write(let right):
            "browsers send an origin in small letters, without a path, a slash at its end or the scheme's own port; give "
                + right
        }
    }

    private static let form = "scheme://host or scheme://host:port, such as https://app.example"
}
