/// A secret in parts of its own, which its owner wipes after use.
///
/// Wiping cannot promise more than it does: a copy that another value holds stays, and so does what the compiler moved
/// through registers and the stack.
public protocol Wipeable {
    /// Overwrites the secret with zeros and lets go of it: for an owner that shares it with nobody.
    ///
    /// What is left is of no use to any function of a VDAF.
    mutating func wipe()
}
