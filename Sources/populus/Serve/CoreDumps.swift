import Foundation

/// Whether the system may write an aggregator's memory to a disk, or show it to another process of the same user.
///
/// That memory holds shares, decryption keys and tokens.
enum CoreDumps {
    /// Allows neither, for the rest of the process's life.
    ///
    /// - Returns: whether the system did as it was told.
    static func forbid() -> Bool {
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        let isLimited = setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none) == 0
        #if os(Linux)
            // The limit does not hold for a pattern that pipes to a program; this does, and keeps debuggers out as well.
            return setUndumpable() && isLimited
        #else
            return isLimited
        #endif
    }

    #if os(Linux)
        /// `PR_SET_DUMPABLE` of <sys/prctl.h>, which Swift's C library module leaves out.
        private static let setDumpable: Int32 = 4

        private typealias ProcessControl = @convention(c) (Int32, UInt, UInt, UInt, UInt) -> Int32

        private static func setUndumpable() -> Bool {
            guard let symbol = dlsym(nil, "prctl") else { return false }
            return unsafeBitCast(symbol, to: ProcessControl.self)(setDumpable, 0, 0, 0, 0) == 0
        }
    #endif
}
