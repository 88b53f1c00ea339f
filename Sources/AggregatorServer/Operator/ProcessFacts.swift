import Foundation

/// What the system says of this process, under the names that Prometheus' own clients use.
///
/// Each is told by itself: what the system does not say takes none of the others away. Nothing of it stands in a file of
/// the whole machine, such as `/proc/stat`, which a service with `ProcSubset=pid` does not see.
package struct ProcessFacts: Sendable {
    package var cpuSeconds: Double?
    package var residentBytes: Int?
    package var openFiles: Int?
    package var greatestOpenFiles: UInt64?
    /// In seconds since the Epoch.
    package var startTime: Double?

    /// - Parameter folder: where the system's files of this process are. Outside Linux there are none.
    package init(folder: String = "/proc/self") {
        readStat(folder + "/stat")
        // What cannot be read is not told.
        openFiles = (try? FileManager.default.contentsOfDirectory(atPath: folder + "/fd"))?.count
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
            greatestOpenFiles = UInt64(limit.rlim_cur)
        }
    }

    private mutating func readStat(_ path: String) {
        // As above.
        let text = FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
        guard let text, let end = text.lastIndex(of: ")") else { return }
        // After the program's name, which may hold spaces: the state is field 3 of proc(5).
        let fields = text[text.index(after: end)...].split(separator: " ")
        func field(_ number: Int) -> Double? { fields.count > number - 3 ? Double(fields[number - 3]) : nil }
        let (ticks, page) = (Double(sysconf(Int32(_SC_CLK_TCK))), sysconf(Int32(_SC_PAGESIZE)))
        guard ticks > 0 else { return }
        if let user = field(14), let system = field(15) { cpuSeconds = (user + system) / ticks }
        if let pages = field(24) { residentBytes = Int(pages) * page }
        if let start = field(22), let boot = Self.bootTime { startTime = boot + start / ticks }
    }

    /// When the machine was started, in seconds since the Epoch: found once, as a start time that moves would be another
    /// process's.
    private static let bootTime: Double? = {
        guard let now = seconds(CLOCK_REALTIME), let up = seconds(CLOCK_BOOTTIME) else { return nil }
        return now - up
    }()

    private static func seconds(_ clock: clockid_t) -> Double? {
        var time = timespec()
        guard clock_gettime(clock, &time) == 0 else { return nil }
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
