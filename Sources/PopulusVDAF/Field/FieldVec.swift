/// A vector over the field of one level of the tree: Field64 at inner levels, Field255 at the leaves.
///
/// Output, aggregate, and verifier shares are of this shape.
package enum FieldVec: Hashable, Sendable {
    case inner([Field64])
    case leaf([Field255])

    package static func zeros(isLeaf: Bool, count: Int) -> FieldVec {
        isLeaf
            ? .leaf(Array(repeating: .zero, count: count)) : .inner(Array(repeating: .zero, count: count))
    }

    package var count: Int {
        switch self {
        case .inner(let elements): elements.count
        case .leaf(let elements): elements.count
        }
    }

    package var isLeaf: Bool {
        switch self {
        case .inner: false
        case .leaf: true
        }
    }

    /// Adds element by element.
    ///
    /// - Throws: `.wrongField` or `.wrongElementCount` unless both are of one shape.
    package mutating func add(_ other: FieldVec) throws(VDAFError) {
        guard count == other.count else { throw .wrongElementCount }
        switch (self, other) {
        case (.inner(let left), .inner(let right)): self = .inner(zip(left, right).map { $0 + $1 })
        case (.leaf(let left), .leaf(let right)): self = .leaf(zip(left, right).map { $0 + $1 })
        default: throw .wrongField
        }
    }

    /// The elements laid end to end, little-endian.
    package func encode() -> [UInt8] {
        switch self {
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
    package var description: String { "\(isLeaf ? "leaf" : "inner")(\(count) elements)" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
