/// A vector over the field of one level of Poplar1's tree: Field64 at inner levels, Field255 at the leaves.
///
/// Output, aggregate and verifier shares, and the message of the first round, are of this shape. `Poplar1` makes, adds,
/// encodes and decodes them; the elements themselves are not to be had, for most are shares. Says nothing of them when
/// printed. `==` is not constant-time.
///
/// Spec: VDAF §8.2.6.3 to §8.2.6.5.
public struct FieldVec: Hashable, Sendable {
    package enum Elements: Hashable, Sendable {
        case inner([Field64])
        case leaf([Field255])
    }

    package private(set) var elements: Elements

    private init(elements: Elements) { self.elements = elements }

    package static func inner(_ elements: [Field64]) -> FieldVec { FieldVec(elements: .inner(elements)) }
    package static func leaf(_ elements: [Field255]) -> FieldVec { FieldVec(elements: .leaf(elements)) }

    package static func zeros(isLeaf: Bool, count: Int) -> FieldVec {
        isLeaf
            ? .leaf(Array(repeating: .zero, count: count)) : .inner(Array(repeating: .zero, count: count))
    }

    /// Elements.
    public var count: Int {
        switch elements {
        case .inner(let elements): elements.count
        case .leaf(let elements): elements.count
        }
    }

    package var isLeaf: Bool {
        switch elements {
        case .inner: false
        case .leaf: true
        }
    }

    /// Adds element by element.
    ///
    /// - Throws: `.wrongField` or `.wrongElementCount` unless both are of one shape.
    package mutating func add(_ other: FieldVec) throws(VDAFError) {
        guard count == other.count else { throw .wrongElementCount }
        switch (elements, other.elements) {
        case (.inner(let left), .inner(let right)): self = .inner(zip(left, right).map { $0 + $1 })
        case (.leaf(let left), .leaf(let right)): self = .leaf(zip(left, right).map { $0 + $1 })
        default: throw .wrongField
        }
    }

    /// The elements laid end to end, little-endian.
    package func encode() -> [UInt8] {
        switch elements {
        case .inner(let elements): elements.encode()
        case .leaf(let elements): elements.encode()
        }
    }

    /// Decodes all of `bytes`, however many elements they are.
    ///
    /// - Throws: `.truncated`, `.nonCanonicalFieldElement`.
    package init(decoding bytes: Span<UInt8>, isLeaf: Bool) throws(VDAFError) {
        self = isLeaf ? .leaf(try Array(decoding: bytes)) : .inner(try Array(decoding: bytes))
    }

    /// Decodes all of `bytes` as exactly `count` elements.
    ///
    /// - Throws: `.truncated`, `.trailingBytes`, `.nonCanonicalFieldElement`.
    package init(decoding bytes: Span<UInt8>, isLeaf: Bool, count: Int) throws(VDAFError) {
        let size = count * (isLeaf ? Field255.encodedSize : Field64.encodedSize)
        guard bytes.count >= size else { throw .truncated }
        guard bytes.count == size else { throw .trailingBytes }
        try self.init(decoding: bytes, isLeaf: isLeaf)
    }
}

extension FieldVec: CustomStringConvertible, CustomReflectable {
    /// The shape alone: the elements are shares.
    public var description: String { "\(isLeaf ? "leaf" : "inner")(\(count) elements)" }
    /// Nothing: the elements are shares.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
