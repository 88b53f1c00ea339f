import CPopulusKernels

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Who may see the memory of this process, which holds keys and decrypted shares, and how much of what is free it keeps.
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

    /// Keeps what was freed for what is needed next, within reason: glibc gives the end of a heap back to the system as soon as
    /// 128 KiB of it are free, and takes the same pages again, of which each costs as much as copying it ten times.
    ///
    /// Nothing happens with other allocators.
    package static func keepFreed() {
        // More than two pages of uploads, which come and go; larger arrays are few, and are given back at once.
        _ = populus_keep_freed_memory(32 << 20, 4 << 20)
    }
}
