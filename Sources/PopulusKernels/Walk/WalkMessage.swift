import CPopulusKernels

/// A message to a TurboSHAKE128 sponge: `head`, a hole, `middle`, a hole, `tail`; the holes differ by report.
package struct WalkMessage: Sendable {
    private let bytes: WalkBuffer
    private let headCount: Int
    private let middleCount: Int
    private let tailCount: Int

    package init(head: [UInt8], middle: [UInt8] = [], tail: [UInt8] = []) {
        bytes = WalkBuffer(head + middle + tail)
        headCount = head.count
        middleCount = middle.count
        tailCount = tail.count
    }

    var raw: walk_message {
        let head = unsafe UnsafePointer(bytes.start.assumingMemoryBound(to: UInt8.self))
        return unsafe walk_message(
            head: head, head_length: headCount, middle: head + headCount, middle_length: middleCount,
            tail: head + headCount + middleCount, tail_length: tailCount)
    }
}

/// The bound of rejection sampling in Field64; anything but `.standard` is a test's way to force redraws.
///
/// Field255 needs none: a draw from it is redrawn with probability 2^-250.
package struct SamplingBound: Sendable, Hashable {
    /// A Field64 element at or above it is redrawn.
    package let field64: UInt64

    package init(field64: UInt64) {
        self.field64 = min(field64, WALK_FIELD64_MODULUS)
    }

    package static let standard = SamplingBound(field64: .max)
}
