/// A key pair of a receiver, with what it is used for now.
package struct HeldHpkeKey: Sendable {
    package let keyPair: HpkeKeyPair
    /// Whether clients are told of it.
    package let isOffered: Bool
    /// Whether a new upload may be sealed to it; what is stored is opened all the same.
    package let takesUploads: Bool

    package init(_ keyPair: HpkeKeyPair, isOffered: Bool = true, takesUploads: Bool = true) {
        (self.keyPair, self.isOffered, self.takesUploads) = (keyPair, isOffered, takesUploads)
    }
}

extension HeldHpkeKey: Equatable {
    /// A configuration has one private key.
    package static func == (one: Self, other: Self) -> Bool {
        one.keyPair.config == other.keyPair.config && one.isOffered == other.isOffered
            && one.takesUploads == other.takesUploads
    }
}
