import PopulusKernels

/// An extendable output function with a seed, a domain separation tag and a binder string.
///
/// Spec: VDAF §6.2.
package protocol Xof: ~Copyable {
    /// Bytes of a seed.
    static var seedSize: Int { get }

    /// - Throws: `.wrongSize` for the seed, `.contextTooLong` for a tag of 2^16 bytes or more.
    init(seed: Span<UInt8>, dst: [UInt8], binder: [UInt8]) throws(VDAFError)

    /// Fills `output` with the next bytes of the stream.
    mutating func next(into output: inout MutableSpan<UInt8>)
}

extension Xof where Self: ~Copyable {
    package init(seed: [UInt8], dst: [UInt8], binder: [UInt8]) throws(VDAFError) {
        try self.init(seed: seed.span, dst: dst, binder: binder)
    }

    /// The next `count` bytes of the stream.
    package mutating func next(_ count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var span = bytes.mutableSpan
        next(into: &span)
        return bytes
    }

    /// The next `count` elements of the stream, which redraws those not below the modulus.
    ///
    /// `accepts` narrows what is not redrawn, so that tests see rejections that chance would show once in 2^32 draws.
    package mutating func nextVec<F: FieldEncodable>(
        _ field: F.Type, count: Int, accepts: (F) -> Bool = { _ in true }
    ) -> [F] {
        var elements: [F] = []
        elements.reserveCapacity(count)
        while elements.count < count {
            let missing = count - elements.count
            let bytes = next(missing * F.encodedSize)
            for i in 0..<missing {
                guard let element = F(sampling: bytes.span, at: i * F.encodedSize), accepts(element) else { continue }
                elements.append(element)
            }
        }
        return elements
    }

    /// The next `count` elements of the stream, as `nextVec` gives them, without a buffer of bytes.
    package mutating func nextElements<F: NTTFriendlyField>(_ field: F.Type, count: Int) -> [F] {
        F.kernels.draw(count) { next(into: &$0) }
    }

    /// A seed derived from a seed.
    ///
    /// Spec: VDAF §6.2 (`derive_seed`).
    package static func deriveSeed(seed: [UInt8], dst: [UInt8], binder: [UInt8]) throws(VDAFError) -> [UInt8] {
        var xof = try Self(seed: seed, dst: dst, binder: binder)
        return xof.next(seedSize)
    }

    /// `count` elements expanded from a seed.
    ///
    /// Spec: VDAF §6.2 (`expand_into_vec`).
    package static func expandIntoVec<F: FieldEncodable>(
        _ field: F.Type, seed: [UInt8], dst: [UInt8], binder: [UInt8], count: Int
    ) throws(VDAFError) -> [F] {
        var xof = try Self(seed: seed, dst: dst, binder: binder)
        return xof.nextVec(field, count: count)
    }
}
