/// Which string a line of an input stands for: the line itself, or what of its URL is to be counted.
///
/// Two clients with the same page must have the same string, or their votes are split; and a string should hold no more
/// than what is asked about. So a URL is written in one form (``CanonicalURL``), and its credentials, query and fragment
/// are left out unless they are wanted: they hold passwords, names, search words and tokens, and the rarer a string is
/// the more it tells of its only holder.
package struct LineValue: Sendable {
    package enum Form: String, Hashable, Sendable, CaseIterable {
        /// The line as it is.
        case raw
        /// The URL in one form.
        case url
        /// Its scheme, host and port.
        case origin
        /// Its host.
        case host
        /// The name that its host belongs to, by the list of public suffixes.
        case site
    }

    private let form: Form
    /// The parts of a URL that stay in it.
    private let kept: Kept
    private let suffixes: PublicSuffixes?

    /// Parts of a URL that are left out unless they are wanted.
    package struct Kept: Hashable, Sendable {
        package var credentials = false
        package var query = false
        package var fragment = false

        package init() {}
    }

    /// Lines as they are.
    package static let raw = LineValue(.raw, suffixes: nil)

    /// - Parameters:
    ///   - kept: what stays in a URL; of no use to the other forms.
    ///   - suffixes: for sites, which are hosts without it.
    package init(_ form: Form, keeping kept: Kept = Kept(), suffixes: PublicSuffixes?) {
        self.form = form
        self.kept = kept
        self.suffixes = suffixes
    }

    /// The string of a line.
    ///
    /// - Throws: why the line is no URL, or has no such part.
    package func string(of line: [UInt8]) throws(URLRefusal) -> [UInt8] {
        guard form != .raw else { return line }
        let url = try CanonicalURL(line)
        switch form {
        case .raw: return line
        case .url: return url.text(credentials: kept.credentials, query: kept.query, fragment: kept.fragment)
        case .origin: return try url.origin()
        case .host: return try url.hostAlone()
        case .site:
            let host = try url.hostAlone()
            return suffixes?.site(of: host) ?? host
        }
    }
}
