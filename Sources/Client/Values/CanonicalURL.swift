/// A URL in one form, so that all ways to write it are counted as one string.
///
/// What is done is what RFC 3986 and the URL Standard agree on: scheme and host in small letters, no default port, no dot
/// segments, `/` for no path, bytes that may stand in no URL as `%NN`. Where the two differ a URL stays as it was written:
/// `%7E` is not made `~`, `%2f` not `%2F`, and hosts of schemes of their own keep their capitals. The form of a form is
/// itself.
///
/// Spec: RFC 3986 §6.2.2, §6.2.3; URL Standard §4
struct CanonicalURL: Hashable {
    let scheme: String
    /// Nil where there are none, or they are empty.
    let credentials: [UInt8]?
    /// Nil where there is no `//`.
    let host: [UInt8]?
    /// Nil where there is none, or it is the scheme's own.
    let port: UInt16?
    let path: [UInt8]
    let query: [UInt8]?
    let fragment: [UInt8]?

    /// The schemes that the URL Standard knows, with their ports.
    private static let special: [String: UInt16?] = [
        "http": 80, "https": 443, "ws": 80, "wss": 443, "ftp": 21, "file": UInt16?.none,
    ]

    /// Whether its hosts are names of the DNS.
    private var isSpecial: Bool { Self.special[scheme] != nil }

    init(_ line: [UInt8]) throws(URLRefusal) {
        let parts = try URLParts(line)
        scheme = String(decoding: parts.scheme.map(\.lowercased), as: UTF8.self)
        let known = Self.special[scheme]
        let authority: URLAuthority? = if let text = parts.authority { try URLAuthority(text) } else { nil }
        credentials = Self.credentials(authority?.credentials)
        let host = try Self.host(authority, scheme: scheme, path: parts.path)
        self.host = host
        port = known == authority?.port ? nil : authority?.port
        let hasMore = authority?.isHostAlone == false
        if scheme == "file", hasMore { throw .host }
        if host?.isEmpty == true, hasMore { throw .noHost }
        path = try Self.path(parts.path, hasHost: host != nil, scheme: scheme)
        query = parts.query.map { URLEscape.encoded($0, also: " \"<>") }
        fragment = parts.fragment.map { URLEscape.encoded($0, also: " \"<>`") }
    }

    /// The host in its form; `localhost` is no host to a file.
    private static func host(
        _ authority: URLAuthority?, scheme: String, path: ArraySlice<UInt8>
    ) throws(URLRefusal) -> [UInt8]? {
        let isSpecial = special[scheme] != nil
        guard let authority else {
            // One standard finds a host in what follows, the other none.
            guard isSpecial else { return nil }
            guard scheme == "file", path.first == UInt8(ascii: "/") else { throw .noHost }
            return []
        }
        let host = try URLHost.canonical(authority.host, isSpecial: isSpecial)
        guard scheme != "file" else { return host.elementsEqual("localhost".utf8) ? [] : host }
        guard !isSpecial || !host.isEmpty else { throw .noHost }
        return host
    }

    /// The part before the `@`; an empty password goes with its colon.
    private static func credentials(_ text: ArraySlice<UInt8>?) -> [UInt8]? {
        guard var text, !text.isEmpty else { return nil }
        if text.firstIndex(of: UInt8(ascii: ":")) == text.endIndex - 1 { text.removeLast() }
        return text.isEmpty ? nil : URLEscape.encoded(text, also: URLPath.encoded)
    }

    private static func path(_ path: ArraySlice<UInt8>, hasHost: Bool, scheme: String) throws(URLRefusal) -> [UInt8] {
        guard hasHost || path.first == UInt8(ascii: "/") else {
            guard !path.contains(0x20) else { throw .space }
            return URLEscape.encoded(path, also: "")
        }
        guard !path.isEmpty else { return special[scheme] != nil ? [UInt8(ascii: "/")] : [] }
        let short = URLPath.withoutDots(path, keepsDrive: scheme == "file")
        let whole = URLEscape.encoded(short[...], also: URLPath.encoded)
        // Without a host it would be read as one.
        return !hasHost && whole.starts(with: "//".utf8) ? Array("/.".utf8) + whole : whole
    }

    /// The URL, with those parts that are wanted.
    func text(credentials withCredentials: Bool, query withQuery: Bool, fragment withFragment: Bool) -> [UInt8] {
        var text = Array("\(scheme):".utf8)
        if let host {
            text += "//".utf8
            if withCredentials, let credentials { text += credentials + [UInt8(ascii: "@")] }
            text += host + portText
        }
        text += path
        if withQuery, let query { text += [UInt8(ascii: "?")] + query }
        if withFragment, let fragment { text += [UInt8(ascii: "#")] + fragment }
        return text
    }

    private var portText: [UInt8] { port.map { Array(":\($0)".utf8) } ?? [] }

    /// Scheme, host and port: what browsers keep apart.
    ///
    /// - Throws: `noOrigin` where the URL Standard knows none.
    func origin() throws(URLRefusal) -> [UInt8] {
        guard isSpecial, scheme != "file", let host else { throw .noOrigin }
        return Array("\(scheme)://".utf8) + host + portText
    }

    /// The host alone.
    func hostAlone() throws(URLRefusal) -> [UInt8] {
        guard let host, !host.isEmpty else { throw .noHost }
        return host
    }
}

/// The path of a URL that has a host or begins with a slash.
enum URLPath {
    /// What may stand in no path, and is encoded.
    static let encoded = " \"<>`{}"

    /// The path without `.` and `..`, also where their dots are written `%2e`.
    ///
    /// - Parameter keepsDrive: whether nothing leads out of a first segment `C:`, as the URL Standard has it for files.
    ///
    /// Spec: RFC 3986 §5.2.4; URL Standard §4.4 (path state)
    static func withoutDots(_ path: ArraySlice<UInt8>, keepsDrive: Bool) -> [UInt8] {
        let slash = UInt8(ascii: "/")
        let segments = path.dropFirst().split(separator: slash, omittingEmptySubsequences: false)
        var kept: [ArraySlice<UInt8>] = []
        for (index, segment) in segments.enumerated() {
            let dots = dots(segment)
            if dots == 2, !(keepsDrive && kept.count == 1 && isDrive(kept[0])) { _ = kept.popLast() }
            if dots == nil {
                kept.append(segment)
            } else if index == segments.count - 1 {
                kept.append([])
            }
        }
        return kept.flatMap { [slash] + $0 }
    }

    /// A letter and a colon, or a bar as old programs write it.
    private static func isDrive(_ segment: ArraySlice<UInt8>) -> Bool {
        segment.count == 2 && segment.first?.isLetter == true && segment.last.map(":|".utf8.contains) == true
    }

    /// One or two for `.` and `..`; nil for every other segment.
    private static func dots(_ segment: ArraySlice<UInt8>) -> Int? {
        var (rest, count) = (segment, 0)
        while let first = rest.first {
            if first == UInt8(ascii: ".") {
                rest = rest.dropFirst()
            } else if rest.starts(with: "%2e".utf8) || rest.starts(with: "%2E".utf8) {
                rest = rest.dropFirst(3)
            } else {
                return nil
            }
            count += 1
        }
        return (1...2).contains(count) ? count : nil
    }
}
