import CPopulusKernels

/// HMAC-SHA256 of short messages, where the CPU has instructions for it.
///
/// A library's objects take several times as long as what they compute here: a report's share is opened with five of these.
///
/// Spec: RFC 2104 §2, FIPS 180-4 §6.2
package enum HmacSha256 {
    /// Whether the process's path is of a CPU with AES, and has these too.
    private static let isAvailable = ProcessorPath.current != .portable && populus_cpu_has_sha()

    /// The code of a message in three parts, 32 bytes; nil where the CPU has no such instructions.
    ///
    /// What it leaves on the stack is for the caller to wipe.
    ///
    /// - Parameter key: at most 64 bytes.
    package static func code(
        key: [UInt8], _ first: [UInt8], _ second: [UInt8], _ third: [UInt8]
    ) -> [UInt8]? {
        guard isAvailable else { return nil }
        #if arch(x86_64)
        precondition(key.count <= 64)
        return unsafe [UInt8](unsafeUninitializedCapacity: 32) { code, count in
            unsafe first.withUnsafeBufferPointer { first in
                unsafe second.withUnsafeBufferPointer { second in
                    unsafe third.withUnsafeBufferPointer { third in
                        let parts = unsafe [first, second, third].map {
                            unsafe populus_part(bytes: $0.baseAddress, count: $0.count)
                        }
                        unsafe populus_hmac_sha256(key, key.count, parts, parts.count, code.baseAddress)
                    }
                }
            }
            count = 32
        }
        #else
        return nil
        #endif
    }
}
