/// Why bytes are not a valid encoding.
package enum WireError: Error, Hashable, Sendable {
    /// The bytes end before the structure does.
    case truncated

    /// Bytes are left after the structure's end.
    case trailing

    /// A field holds what its definition does not allow; the text names the field and never quotes its content.
    case badValue(String)
}
