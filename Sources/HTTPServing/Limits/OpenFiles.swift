import Foundation

/// The number of files that the process may have open.
package enum OpenFiles {
    /// Raises the soft limit as far as allowed.
    ///
    /// - Returns: how many of the wanted there can be.
    package static func allow(_ wanted: Int) -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return wanted }
        if limit.rlim_cur < rlim_t(wanted) {
            limit.rlim_cur = min(limit.rlim_max, rlim_t(wanted))
            _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        }
        return max(512, Int(min(limit.rlim_cur, rlim_t(wanted))))
    }
}
