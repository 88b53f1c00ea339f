import CPopulusKernels

/// All ones when `flag` is set, else zero, without a branch.
///
/// The optimiser knows nothing of the result, so that it cannot turn what is masked with it into a branch.
@inlinable @inline(__always)
package func constantTimeMask(_ flag: Bool) -> UInt64 { populus_mask(flag ? 1 : 0) }

/// All ones when `bit`, which is 0 or 1, is 1, else zero, without a branch.
@inlinable @inline(__always)
package func constantTimeMask(_ bit: UInt64) -> UInt64 { populus_mask(bit) }
