/// The value, or a share of the value, of one node: one on the path to the input, and the authenticator of the level.
///
/// `IdpfBBCGGI21` is defined for values of any length; Poplar1 has two elements, and so has this implementation.
package struct IdpfValue<F: FieldElement>: Hashable, Sendable, BitwiseCopyable {
    package var data: F
    package var authenticator: F

    package init(data: F, authenticator: F) {
        self.data = data
        self.authenticator = authenticator
    }

    static func + (left: Self, right: Self) -> Self {
        Self(data: left.data + right.data, authenticator: left.authenticator + right.authenticator)
    }

    static func - (left: Self, right: Self) -> Self {
        Self(data: left.data - right.data, authenticator: left.authenticator - right.authenticator)
    }

    static prefix func - (value: Self) -> Self { Self(data: -value.data, authenticator: -value.authenticator) }

    /// The value where `mask` is all ones, zero where it is zero.
    static func & (value: Self, mask: UInt64) -> Self {
        Self(data: value.data & mask, authenticator: value.authenticator & mask)
    }
}
