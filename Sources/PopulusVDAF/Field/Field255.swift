import CPopulusKernels
import PopulusKernels

/// An element of the field of size p = 2^255 - 19, kept in `[0, p)` as four little-endian limbs.
///
/// Constant-time: the arithmetic is C, since what the compiler makes of it here has branches on carries.
///
/// Spec: VDAF §6.1.3.
package struct Field255: FieldElement {
    /// The limbs, least significant first.
    private(set) var limbs: Limbs

    typealias Limbs = (UInt64, UInt64, UInt64, UInt64)

    private init(canonical limbs: Limbs) { self.limbs = limbs }

    package init(_ value: UInt64) { limbs = (value, 0, 0, 0) }

    package static let zero = Field255(0)
    package static let one = Field255(1)
    package static let encodedSize = 32

    package var unsignedValue: UInt64? { limbs.1 | limbs.2 | limbs.3 == 0 ? limbs.0 : nil }

    package static func == (left: Field255, right: Field255) -> Bool {
        let (a, b) = (left.limbs, right.limbs)
        return (a.0 ^ b.0) | (a.1 ^ b.1) | (a.2 ^ b.2) | (a.3 ^ b.3) == 0
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(limbs.0)
        hasher.combine(limbs.1)
        hasher.combine(limbs.2)
        hasher.combine(limbs.3)
    }

    package static func + (left: Field255, right: Field255) -> Field255 {
        Field255(populus_field255_add(left.element, right.element))
    }

    package static func - (left: Field255, right: Field255) -> Field255 {
        Field255(populus_field255_subtract(left.element, right.element))
    }

    package static prefix func - (element: Field255) -> Field255 { zero - element }

    package static func * (left: Field255, right: Field255) -> Field255 {
        Field255(populus_field255_multiply(left.element, right.element))
    }

    package static func & (element: Field255, mask: UInt64) -> Field255 {
        let limbs = element.limbs
        return Field255(canonical: (limbs.0 & mask, limbs.1 & mask, limbs.2 & mask, limbs.3 & mask))
    }

    package init?(_ bytes: Span<UInt8>, at offset: Int) {
        limbs = Self.load(bytes, at: offset)
        guard populus_field255_is_element(element) else { return nil }
    }

    package init?(sampling bytes: Span<UInt8>, at offset: Int) {
        limbs = Self.load(bytes, at: offset)
        limbs.3 &= .max >> 1
        guard populus_field255_is_element(element) else { return nil }
    }

    package func store(into bytes: inout MutableSpan<UInt8>, at offset: Int) {
        bytes.storeLittleEndian(limbs.0, at: offset)
        bytes.storeLittleEndian(limbs.1, at: offset + 8)
        bytes.storeLittleEndian(limbs.2, at: offset + 16)
        bytes.storeLittleEndian(limbs.3, at: offset + 24)
    }

    private static func load(_ bytes: Span<UInt8>, at offset: Int) -> Limbs {
        (
            bytes.littleEndianWord(at: offset), bytes.littleEndianWord(at: offset + 8),
            bytes.littleEndianWord(at: offset + 16), bytes.littleEndianWord(at: offset + 24)
        )
    }

    private var element: populus_field255 { populus_field255(limbs: limbs) }

    private init(_ element: populus_field255) { limbs = element.limbs }
}
