import CKernels

/// The code path of the walk's kernels.
package enum WalkPath: Int32, Sendable, CaseIterable {
    /// Scalar C, and AES through libcrypto.
    case portable = 0
    /// AES-NI, eight blocks in flight; scalar TurboSHAKE128.
    case aesni = 1
    /// AES-NI, and four sponges at a time in AVX2.
    case aesniAVX2 = 2

    /// The best path of this machine, or the portable one where `ProcessorPath.current` is it.
    package static let current: WalkPath = ProcessorPath.current == .portable ? .portable : best

    /// Every path that this machine can run.
    package static let available: [WalkPath] = allCases.filter { $0.rawValue <= best.rawValue }

    private static let best = WalkPath(rawValue: walk_best_isa()) ?? .portable
}
