/// Why a text is no aggregator's base URL.
package enum AggregatorURLError: Error, Hashable, Sendable {
    case blank
    case noScheme(String)
    case otherScheme(String)
    case userInformation
    case noHost
    case notASCII(String, ascii: String?)
    case badHost(String)
    case badAddress(String)
    case noBrackets(String)
    case unspecifiedAddress(String)
    case badPort(String)
    case query
    case fragment
    case emptySegment
    case dotSegment
    case badPath(String)
}

extension AggregatorURLError: CustomStringConvertible {
    /// What is wrong, and how it would be right.
    package var description: String {
        switch self {
        case .blank: "it has a space or a sign that cannot be seen in it; \(Self.example)"
        case .noScheme(let text):
            // What is wrong beside the scheme is said once there is one.
            (try? AggregatorURL("https://" + text)).map { "it has no scheme; give \($0.text)" }
                ?? "it has no scheme; \(Self.example)"
        case .otherScheme(let scheme): "the scheme is https or http, and not \(scheme); \(Self.example)"
        case .userInformation: "it has a user in it; tokens are in the task's files: \(Self.example)"
        case .noHost: "it names no host; \(Self.example)"
        case .notASCII(let host, let ascii?):
            "the host \(host) has letters beyond ASCII; if you mean it, give the form that name servers know: \(ascii)"
        case .notASCII(let host, nil):
            "the host \(host) has signs that no host's name can have; give letters, digits, hyphens and dots"
        case .badHost(let host):
            "\"\(host)\" is no host; give letters, digits, hyphens and single dots, such as leader.example"
        case .badAddress(let address):
            "\"\(address)\" is no address; give four numbers from 0 to 255, such as 192.0.2.1, or IPv6 in brackets, such as "
                + "[2001:db8::1]"
        case .noBrackets(let text): "an IPv6 address stands in brackets: [\(text)]"
        case .unspecifiedAddress(let address):
            "\(address) is an address to listen on, not one to be reached at; give the host's name, such as leader.example"
        case .badPort(let port): "\"\(port)\" is no port; give 1 to 65535, such as https://leader.example:8443/"
        case .query: "a base URL has no query (?); \(Self.example)"
        case .fragment: "a base URL has no fragment (#); \(Self.example)"
        case .emptySegment: "its path has two slashes in a row; give one, such as https://leader.example/dap/"
        case .dotSegment: "its path has . or .. in it; give the path without, such as https://leader.example/dap/"
        case .badPath(let segment):
            "\"\(segment)\" cannot stand in its path; give letters, digits and - . _ ~ such as https://leader.example/dap/"
        }
    }

    private static let example = "give one such as https://leader.example/"
}
