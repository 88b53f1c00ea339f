import Foundation

/// Where notices are sent: a URL with `https`, or with `http` on this machine.
///
/// Its path and query may hold a secret, so that neither is in any message.
package struct NoticeAddress: Hashable, Sendable {
    package let url: String
    /// Scheme, host and port: what may be shown.
    package let shown: String

    /// - Throws: why notices cannot be sent there, in words that quote nothing of it.
    package init(_ text: String) throws(NoticeAddressError) {
        guard text.utf8.count <= 2_048, text.utf8.allSatisfy({ 0x21...0x7e ~= $0 }),
            let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased(),
            let host = parts.host?.lowercased(), !host.isEmpty
        else { throw .malformed }
        guard parts.user == nil, parts.password == nil else { throw .namesUser }
        guard parts.fragment == nil else { throw .malformed }
        switch scheme {
        case "https": break
        case "http" where Self.isLoopback(host): break
        case "http": throw .unencrypted
        default: throw .malformed
        }
        url = text
        shown = "\(scheme)://\(host)\(parts.port.map { ":\($0)" } ?? "")"
    }

    /// By its name alone: what another name resolves to may change.
    private static func isLoopback(_ host: String) -> Bool {
        if ["localhost", "::1", "[::1]"].contains(host) { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127"
            && parts.allSatisfy { part in
                (1...3).contains(part.utf8.count) && part.utf8.allSatisfy { 0x30...0x39 ~= $0 } && UInt8(part) != nil
            }
    }
}

/// Why a URL is none that notices are sent to.
package enum NoticeAddressError: Error, Hashable, Sendable {
    case malformed
    /// It is `http`, and the host is not this machine.
    case unencrypted
    /// It has a user's name or a password.
    case namesUser
}

extension NoticeAddressError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .malformed: "give a URL such as https://hooks.example/populus"
        case .unencrypted: "give a URL with https; http is for this machine alone, such as http://127.0.0.1:8080/"
        case .namesUser: "give a URL without a user's name and a password; what is sent is signed instead"
        }
    }
}
