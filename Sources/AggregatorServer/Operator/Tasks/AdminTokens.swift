import Crypto
import HTTPServing
import HTTPTypes

/// The tokens of which an operator shows one at its own address.
///
/// Several are valid at once, so that one can be changed without an outage.
package struct AdminTokens: Sendable {
    /// One of them: enough to know it again, too little to show it.
    package struct Token: Sendable, Equatable {
        /// What it is called in the log.
        package let id: String
        /// SHA-256 of its characters.
        package let digest: [UInt8]

        package init(id: String, digest: [UInt8]) { (self.id, self.digest) = (id, digest) }
    }

    private let current: @Sendable () -> [Token]

    /// - Parameter current: those that are valid now; asked for with each request, so it must be quick.
    package init(_ current: @escaping @Sendable () -> [Token]) { self.current = current }

    /// What the token is called that a request shows, or why it is refused.
    func id(of head: HTTPRequest) -> Result<String, Refusal> {
        guard let shown = BearerToken.digest(ofTokenIn: head) else { return .failure(.tokenMissing) }
        let tokens = current()
        guard let place = BearerToken.place(of: shown, in: tokens.map(\.digest)) else { return .failure(.tokenRefused) }
        return .success(tokens[place].id)
    }
}
