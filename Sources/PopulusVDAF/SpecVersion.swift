/// The drafts that this module implements, and what they bind into every hash.
///
/// draft-irtf-cfrg-vdaf-20, which is identical on the wire to -18: `version` last changed there.
public enum VDAFSpecification {
    /// The draft's name.
    public static let draft = "draft-irtf-cfrg-vdaf-20"

    /// Byte that opens every domain separation tag.
    ///
    /// Spec: VDAF §6.2.3 (`VERSION`).
    public static let version: UInt8 = 18

    /// Class of algorithm in a domain separation tag.
    package enum AlgorithmClass: UInt8, Sendable {
        case vdaf = 0
        case idpf = 1
    }

    /// Bytes of a domain separation tag before the context.
    package static let tagSize = 8

    /// The most bytes of a context: the length of tag and context is two bytes.
    ///
    /// Spec: VDAF §6.2.
    public static let greatestContextSize = Int(UInt16.max) - tagSize

    /// The domain separation tag, `tagSize` bytes, followed by `ctx`.
    ///
    /// Spec: VDAF §6.2.3 (`format_dst`).
    package static func domainSeparationTag(
        _ algorithmClass: AlgorithmClass, algorithm: UInt32, usage: UInt16, ctx: [UInt8]
    ) -> [UInt8] {
        var tag: [UInt8] = []
        tag.reserveCapacity(tagSize + ctx.count)
        tag.append(version)
        tag.append(algorithmClass.rawValue)
        for shift in [24, 16, 8, 0] { tag.append(UInt8(truncatingIfNeeded: algorithm >> UInt32(shift))) }
        for shift in [8, 0] { tag.append(UInt8(truncatingIfNeeded: usage >> UInt16(shift))) }
        tag.append(contentsOf: ctx)
        return tag
    }
}
