import AggregatorServer
import PopulusDAP

/// What the processes of a role show each other: it is drawn with their store, and stands nowhere else.
package struct ReplicaSecret: Sendable {
    /// As it stands in an `Authorization` field.
    let token: String

    /// - Parameter bytes: as the store gives them.
    package init(_ bytes: [UInt8]) { token = Base64URL.encode(bytes) }

    /// What a process expects of the others.
    package var expected: BearerToken { BearerToken(token) }
}

extension ReplicaSecret: CustomStringConvertible, CustomReflectable {
    package var description: String { "ReplicaSecret" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
