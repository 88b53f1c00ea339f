import Foundation

/// What the system says of this process, under the names that Prometheus' own clients use.
struct ProcessFacts {
    var cpuSeconds = 0.0
    var residentBytes = 0
    var openFiles = 0
    var greatestOpenFiles: UInt64 = 0
    /// In seconds since the Epoch.
    var startTime = 0.0

    /// Nothing where the system does not say, as outside Linux.
    init?() {
        guard let text = Self.read("/proc/self/stat"), let end = text.lastIndex(of: ")"),
            let boot = Self.bootTime, let files = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
        else { return nil }
        // After the program's name, which may hold spaces: the state is field 3 of proc(5).
        let fields = text[text.index(after: end)...].split(separator: " ")
        func field(_ number: Int) -> Double { fields.count > number - 3 ? Double(fields[number - 3]) ?? 0 : 0 }
        let (ticks, page) = (Double(sysconf(Int32(_SC_CLK_TCK))), sysconf(Int32(_SC_PAGESIZE)))
        guard ticks > 0 else { return nil }
        cpuSeconds = (field(14) + field(15)) / ticks
        startTime = boot + field(22) / ticks
        residentBytes = Int(field(24)) * page
        openFiles = files.count
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
            greatestOpenFiles = UInt64(limit.rlim_cur)
        }
    }

    private static var bootTime: Double? {
        read("/proc/stat")?.split(separator: "\n").first { $0.hasPrefix("btime ") }
            .flatMap { Double($0.dropFirst("btime ".count)) }
    }

    private static func read(_ path: String) -> String? {
        // What cannot be read is not told.
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }
}
