import CPopulusKernels

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The code path of all kernels: which instructions they use.
///
/// One for the whole process, `current`; the others are there for tests and benchmarks.
@usableFromInline
package enum ProcessorPath: Int32, Sendable, CaseIterable {
    /// C without instruction-set extensions; AES on bit slices.
    case portable = 0
    /// AES-NI, and nothing beyond SSE.
    case aesni = 1
    /// AES-NI, AVX2, BMI1 and BMI2.
    case avx2 = 2
    /// The same, with AES on vectors of 256 bits.
    case vaes = 3
    /// AVX-512, with AES on vectors of 512 bits.
    case avx512 = 4
    /// The AES and vector instructions of ARMv8.
    case neon = 16
    /// The same, with the SHA-3 instructions of ARMv8.2.
    case neonSHA3 = 17

    /// The path of this process: the best of this machine, or the one that `POPULUS_CPU` in the environment names.
    ///
    /// Found once. A name that is none, or of a path that this machine cannot run, ends the process with a message.
    @usableFromInline
    package static let current: ProcessorPath = {
        do throws(ProcessorPathError) {
            return try choice(named: unsafe getenv("POPULUS_CPU").map { unsafe String(cString: $0) })
        } catch {
            let message = Array("Error: \(error)\n".utf8)
            _ = unsafe message.withUnsafeBytes { unsafe write(STDERR_FILENO, $0.baseAddress, $0.count) }
            exit(64)
        }
    }()

    /// Every path that this machine can run, slowest first.
    package static let available: [ProcessorPath] = allCases.filter { $0.isAvailable }

    /// The path of that name, or the best one where none is given.
    package static func choice(named name: String?) throws(ProcessorPathError) -> ProcessorPath {
        guard let name else { return available[available.count - 1] }
        guard let path = allCases.first(where: { "\($0)" == name }) else { throw .unknown(name) }
        guard path.isAvailable else { throw .unavailable(path) }
        return path
    }

    private var isAvailable: Bool {
        switch self {
        case .portable: true
        case .aesni: populus_cpu_has_aesni()
        case .avx2: populus_cpu_has_avx2()
        case .vaes: populus_cpu_has_vaes()
        case .avx512: populus_cpu_has_avx512()
        case .neon: populus_cpu_has_neon_aes()
        case .neonSHA3: populus_cpu_has_neon_aes() && populus_cpu_has_neon_sha3()
        }
    }

    /// The path of one TurboSHAKE128 state.
    var keccak: UInt64 {
        switch self {
        case .avx2, .vaes, .avx512: UInt64(POPULUS_KECCAK_BMI)
        case .portable, .aesni, .neon, .neonSHA3: UInt64(POPULUS_KECCAK_PORTABLE)
        }
    }
}

/// What can be wrong with a path that is asked for by name.
package enum ProcessorPathError: Error, Equatable, CustomStringConvertible {
    case unknown(String)
    case unavailable(ProcessorPath)

    package var description: String {
        switch self {
        case .unknown(let name):
            "POPULUS_CPU names no path: \(name.debugDescription); there are \(names(ProcessorPath.allCases))"
        case .unavailable(let path):
            "POPULUS_CPU=\(path): this processor cannot run it; it can run \(names(ProcessorPath.available))"
        }
    }

    private func names(_ paths: [ProcessorPath]) -> String { paths.map { "\($0)" }.joined(separator: ", ") }
}
