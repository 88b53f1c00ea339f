import PopulusDAP

extension PopulusClient {
    /// Public keys of both servers, in unpadded base64url: 32 bytes each.
    ///
    /// An app that has them in its own code seals to no other key, whoever answers in a server's place. It has the next
    /// key too before a server changes its own; otherwise reports end until the app is renewed.
    public struct ServerKeys: Sendable, Hashable {
        /// The Leader's.
        public var leader: Set<String>
        /// The Helper's.
        public var helper: Set<String>

        /// Those keys.
        public init(leader: Set<String>, helper: Set<String>) {
            self.leader = leader
            self.helper = helper
        }

        func of(_ server: Server) -> Set<String> { server == .leader ? leader : helper }
    }
}
