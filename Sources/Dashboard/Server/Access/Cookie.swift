import HTTPTypes

/// The one cookie: a session's.
///
/// Cookies of one host are shared by all of its ports, so that the name has the port.
struct SessionCookie: Sendable {
    private let name: String

    /// - Parameter port: by which dashboards of one machine are told apart; any number that differs.
    init(port: Int) {
        name = "populus-\(port)"
    }

    /// Values that a request shows, in order: a browser has one, but another program of the same host may have set more.
    ///
    /// Spec: RFC 6265 §5.4
    func values(in head: HTTPRequest) -> [String] {
        head.headerFields[values: .cookie].flatMap { $0.split(separator: ";") }.compactMap { pair in
            let pair = pair.drop { $0 == " " }
            guard pair.hasPrefix(name + "=") else { return nil }
            return String(pair.dropFirst(name.utf8.count + 1))
        }
    }

    /// The field that sets it: no script reads it, and no other site's page makes a browser send it.
    ///
    /// Spec: RFC 6265bis §4.1
    func setting(_ value: String, isSecure: Bool) -> String {
        "\(name)=\(value); Path=/; HttpOnly; SameSite=Strict" + (isSecure ? "; Secure" : "")
    }

    /// The field that takes it away.
    func removing(isSecure: Bool) -> String { setting("", isSecure: isSecure) + "; Max-Age=0" }
}
