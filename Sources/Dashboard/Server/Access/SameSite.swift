import HTTPTypes

/// Under which names the server is reached, and whether a request is of one of its own pages.
///
/// A browser that was told that a foreign name leads here (DNS rebinding) takes our answers for that name's own, and hands
/// them to its pages. So a Host that is a name is served only where it is one of ours. An address needs no list: a page of
/// that address is ours.
package struct SameSite: Sendable {
    /// Hosts in small letters, without a port.
    private let names: Set<String>
    /// Origins that end in front of this server, such as `https://analysis.example`: their own host is one of ours.
    private let origins: Set<String>

    /// - Parameters:
    ///   - listening: the host that is listened on, as it was given.
    ///   - origins: how a proxy in front of the server is reached, as browsers write an origin.
    package init(listening: String, origins: [String] = []) {
        let origins = origins.map { $0.lowercased() }
        self.origins = Set(origins)
        names = Set(
            ["localhost", listening.lowercased()]
                + origins.compactMap { Self.parts($0).map { Self.host($0.authority) } })
    }

    /// Whether a request names a host that is ours.
    package func isOurs(_ head: HTTPRequest) -> Bool {
        guard let authority = head.authority, !authority.isEmpty else { return false }
        let host = Self.host(authority.lowercased())
        return names.contains(host) || Self.isAddress(host)
    }

    /// Whether the browser says, as far as it says anything, that one of our own pages has sent a request.
    ///
    /// Spec: Fetch §3.2 (Origin), Fetch Metadata §2.4 (Sec-Fetch-Site)
    package func isOfOurPage(_ head: HTTPRequest) -> Bool {
        if let site = head.headerFields[.secFetchSite], site != "same-origin", site != "none" { return false }
        guard let origin = head.headerFields[.origin]?.lowercased() else { return true }
        return origin == self.origin(head)
    }

    /// Whether a request came over TLS, which ends in front of this server.
    func isSecure(_ head: HTTPRequest) -> Bool { origin(head).hasPrefix("https://") }

    /// The origin that a page of this server has.
    private func origin(_ head: HTTPRequest) -> String {
        let authority = (head.authority ?? "").lowercased()
        let secure = "https://" + authority
        return origins.contains(secure) ? secure : "http://" + authority
    }

    /// Reads `https://name` or `http://name:port`, in small letters.
    private static func parts(_ origin: String) -> (scheme: String, authority: String)? {
        for scheme in ["https", "http"] where origin.hasPrefix("\(scheme)://") {
            let authority = String(origin.dropFirst(scheme.count + 3))
            guard !authority.isEmpty, !authority.contains(where: { "/?#@".contains($0) }) else { return nil }
            return (scheme, authority)
        }
        return nil
    }

    /// Whether a text is an origin as browsers write it.
    package static func isOrigin(_ text: String) -> Bool { parts(text.lowercased()) != nil }

    /// A host without its port; an IPv6 address keeps its brackets.
    private static func host(_ authority: String) -> String {
        guard let colon = authority.lastIndex(of: ":"), !authority.hasSuffix("]") else { return authority }
        return String(authority[..<colon])
    }

    /// Whether a host is an address and no name.
    ///
    /// What a browser does not take for a name of the DNS: four decimal numbers, or something in brackets.
    private static func isAddress(_ host: String) -> Bool {
        if host.hasPrefix("["), host.hasSuffix("]") { return true }
        let numbers = host.split(separator: ".", omittingEmptySubsequences: false)
        return numbers.count == 4
            && numbers.allSatisfy { number in
                number.utf8.allSatisfy { 0x30...0x39 ~= $0 } && (UInt16(number).map { $0 < 256 } ?? false)
            }
    }
}

extension HTTPField.Name {
    /// Which site a request comes from.
    ///
    /// Spec: Fetch Metadata §2.4
    static var secFetchSite: Self { known("Sec-Fetch-Site") }

    /// A name that is one: it is written in this program.
    static func known(_ name: String) -> Self {
        guard let known = Self(name) else { preconditionFailure("\(name) is no name of a field") }
        return known
    }
}
