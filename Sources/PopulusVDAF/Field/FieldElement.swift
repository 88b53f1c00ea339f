import PopulusKernels

/// An element of a prime field, as it is encoded and sampled.
///
/// Spec: VDAF §6.1.
package protocol FieldEncodable: Hashable, Sendable, BitwiseCopyable {
    /// Bytes of an encoded element.
    static var encodedSize: Int { get }

    /// Decodes little-endian; nil when the value is not below the modulus.
    ///
    /// - Precondition: `0 <= offset`, `offset + encodedSize <= bytes.count`.
    init?(_ bytes: Span<UInt8>, at offset: Int)

    /// As `init?(_:at:)`, but clears the bits above the modulus's highest one first: rejection sampling.
    ///
    /// Spec: VDAF §6.2 (`next_vec`).
    init?(sampling bytes: Span<UInt8>, at offset: Int)

    /// Encodes little-endian.
    ///
    /// - Precondition: `0 <= offset`, `offset + encodedSize <= bytes.count`.
    func store(into bytes: inout MutableSpan<UInt8>, at offset: Int)
}

/// An element of a prime field with its arithmetic, constant-time in the elements.
package protocol FieldElement: FieldEncodable {
    static var zero: Self { get }
    static var one: Self { get }

    /// The element `value mod p`.
    init(_ value: UInt64)

    /// The element as an integer, if that fits.
    var unsignedValue: UInt64? { get }

    /// The integer nearest to zero that the element stands for; nothing where it has more than 128 bits.
    var signedValue: Int128? { get }

    static func + (left: Self, right: Self) -> Self
    static func - (left: Self, right: Self) -> Self
    static func * (left: Self, right: Self) -> Self
    static prefix func - (element: Self) -> Self

    /// `self` where `mask` is all ones, zero where it is zero.
    static func & (element: Self, mask: UInt64) -> Self
}

extension FieldElement {
    @inlinable package static func += (left: inout Self, right: Self) { left = left + right }
    @inlinable package static func -= (left: inout Self, right: Self) { left = left - right }
}

extension Array where Element: FieldEncodable {
    /// Decodes elements laid end to end.
    ///
    /// - Throws: `.truncated` unless the length is a multiple of an element's, `.nonCanonicalFieldElement`.
    ///
    /// Spec: VDAF §6.1 (`decode_vec`).
    package init(decoding bytes: Span<UInt8>) throws(VDAFError) {
        guard bytes.count % Element.encodedSize == 0 else { throw .truncated }
        self.init()
        reserveCapacity(bytes.count / Element.encodedSize)
        for offset in stride(from: 0, to: bytes.count, by: Element.encodedSize) {
            guard let element = Element(bytes, at: offset) else { throw .nonCanonicalFieldElement }
            append(element)
        }
    }

    /// The elements laid end to end.
    ///
    /// Spec: VDAF §6.1 (`encode_vec`).
    package func encode() -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count * Element.encodedSize)
        var span = bytes.mutableSpan
        for (i, element) in enumerated() { element.store(into: &span, at: i * Element.encodedSize) }
        return bytes
    }
}
