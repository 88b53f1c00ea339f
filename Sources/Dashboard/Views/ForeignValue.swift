/// Bytes that a client sent: a string, a group, a host.
///
/// A type of its own, so that no page can take it for words of ours. What is shown of it is made in one place, and what an
/// address has of it is base64url, so that no address holds a sign of a client's.
package struct ForeignValue: Hashable, Sendable {
    package let bytes: [UInt8]

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }
}
