import Foundation

/// What a process has used since its start, as the kernel counts it.
struct ProcessUse: Codable {
    /// Seconds on the processor, in user and kernel mode, of all threads.
    var cpuSeconds = 0.0
    /// Bytes that it caused to be written to the disk.
    var writtenBytes: Int64 = 0
    /// Of these, bytes of files that were deleted before they reached the disk.
    var cancelledBytes: Int64 = 0
    /// Bytes that had to be read from the disk.
    var readBytes: Int64 = 0
    /// The most memory that it held at once, in bytes.
    var peakMemoryBytes: Int64 = 0

    init() {}

    /// Reads the use of a running process.
    init(of pid: pid_t) {
        cpuSeconds = Self.cpuSeconds(of: pid)
        let io = Self.members("/proc/\(pid)/io")
        writtenBytes = io["write_bytes"] ?? 0
        cancelledBytes = io["cancelled_write_bytes"] ?? 0
        readBytes = io["read_bytes"] ?? 0
        peakMemoryBytes = (Self.members("/proc/\(pid)/status")["VmHWM"] ?? 0) * 1024
    }

    /// Seconds that a running process was on the processor, alone: what is read between two steps takes time of the walk.
    static func cpuSeconds(of pid: pid_t) -> Double {
        let stat = text("/proc/\(pid)/stat")
        // The name in parentheses may hold anything; the fields after it count from the third.
        let fields = stat[(stat.lastIndex(of: ")") ?? stat.startIndex)...].split(separator: " ").dropFirst()
        let ticks = fields.dropFirst(11).prefix(2).compactMap { Double($0) }.reduce(0, +)
        return ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// What was used since an earlier moment; the peak of memory is that of the whole time.
    func since(_ earlier: ProcessUse) -> ProcessUse {
        var use = self
        use.cpuSeconds -= earlier.cpuSeconds
        use.writtenBytes -= earlier.writtenBytes
        use.cancelledBytes -= earlier.cancelledBytes
        use.readBytes -= earlier.readBytes
        return use
    }

    /// Adds what another process used; the peak of memory is the greater of both.
    mutating func add(_ other: ProcessUse) {
        cpuSeconds += other.cpuSeconds
        writtenBytes += other.writtenBytes
        cancelledBytes += other.cancelledBytes
        readBytes += other.readBytes
        peakMemoryBytes = max(peakMemoryBytes, other.peakMemoryBytes)
    }

    private static func text(_ path: String) -> String {
        String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
    }

    /// Lines of a name, a colon and a number.
    private static func members(_ path: String) -> [String: Int64] {
        var members: [String: Int64] = [:]
        for line in text(path).split(separator: "\n") {
            let words = line.split(whereSeparator: { $0 == ":" || $0 == " " || $0 == "\t" })
            if words.count >= 2, let number = Int64(words[1]) { members[String(words[0])] = number }
        }
        return members
    }
}
