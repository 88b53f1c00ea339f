import CKernels

/// The code path of the permutation under TurboSHAKE128, one state at a time.
package enum KeccakPath: UInt64, Sendable, CaseIterable {
    /// Scalar C.
    case portable = 0
    /// The same C, compiled for BMI1 and BMI2.
    case bmi = 1

    /// The best path of this machine, or the portable one where `ProcessorPath.current` is it.
    package static let current: KeccakPath =
        ProcessorPath.current == .portable ? .portable : available[available.count - 1]

    /// Every path that this machine can run, slowest first.
    package static let available: [KeccakPath] = populus_cpu_has_bmi() ? [.portable, .bmi] : [.portable]
}
