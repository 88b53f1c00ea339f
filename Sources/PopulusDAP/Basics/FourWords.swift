/// Big-endian words of an identifier, by position.
package protocol IdentifierWords: Hashable, Sendable {
    static var scalarCount: Int { get }

    /// All zero.
    init()

    subscript(index: Int) -> UInt64 { get set }
}

extension SIMD2<UInt64>: IdentifierWords {}

/// 32 bytes as words.
///
/// Not `SIMD4`, which wants an alignment of 32 bytes: with Swift 6.3 an asynchronous function that keeps such a value
/// across a suspension writes beyond its frame, because task memory is aligned to 16 (seen as a corrupted heap).
package struct FourWords: IdentifierWords {
    private var first = SIMD2<UInt64>()
    private var second = SIMD2<UInt64>()

    package static var scalarCount: Int { 4 }

    package init() {}

    package subscript(index: Int) -> UInt64 {
        get { index < 2 ? first[index] : second[index - 2] }
        set {
            if index < 2 { first[index] = newValue } else { second[index - 2] = newValue }
        }
    }

    static func ^= (left: inout Self, right: Self) {
        left.first ^= right.first
        left.second ^= right.second
    }
}
