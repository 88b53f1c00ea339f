import CKernels

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The code path of the kernels, from the one that runs everywhere upwards.
package enum ProcessorPath: Int, Sendable, Comparable, CaseIterable {
    /// C without instruction-set extensions, and AES through libcrypto.
    case portable
    /// AES-NI with eight blocks in flight.
    case aesni

    /// The best path of this machine, found once; `POPULUS_CPU=portable` in the environment forces the portable one.
    package static let current: ProcessorPath = forced ?? available[available.count - 1]

    /// Every path that this machine can run, slowest first.
    package static let available: [ProcessorPath] =
        populus_cpu_has_aesni() ? [.portable, .aesni] : [.portable]

    private static var forced: ProcessorPath? {
        guard let value = unsafe getenv("POPULUS_CPU") else { return nil }
        let name = unsafe String(cString: value)
        return available.first { "\($0)" == name }
    }

    package static func < (left: ProcessorPath, right: ProcessorPath) -> Bool { left.rawValue < right.rawValue }
}
