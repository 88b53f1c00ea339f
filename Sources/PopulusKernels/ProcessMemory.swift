import CPopulusKernels

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Who may see the memory of this process, which holds keys and decrypted shares.
package enum ProcessMemory {
    /// Forbids core dumps, and other processes of the same user to read the memory.
    ///
    /// Only root can still attach a debugger.
    ///
    /// - Returns: whether the system obeyed.
    package static func keepPrivate() -> Bool {
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        #if canImport(Glibc)
        let core = __rlimit_resource_t(RLIMIT_CORE.rawValue)
        #else
        let core = RLIMIT_CORE
        #endif
        let isLimited = unsafe setrlimit(core, &none) == 0
        return populus_forbid_dumps() && isLimited
    }
}
