#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Bytes of the system's cryptographically secure generator.
package enum SystemRandomness {
    /// So many random bytes.
    ///
    /// A call of the system for up to 256 bytes, where Swift's generator makes one for every eight.
    package static func bytes(_ count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        for start in stride(from: 0, to: count, by: 256) {
            let length = min(256, count - start)
            let isFilled = bytes.withUnsafeMutableBytes {
                getentropy($0.baseAddress?.advanced(by: start), length) == 0
            }
            if isFilled { continue }
            var generator = SystemRandomNumberGenerator()
            for i in start..<start + length { bytes[i] = generator.next() }
        }
        return bytes
    }
}
