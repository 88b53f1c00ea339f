import Kernels

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// An open file, closed at the end; reads and writes name their offset, so one descriptor serves several tasks.
final class FileHandle: Sendable {
    private let descriptor: Int32

    init(opening path: String) throws(PrefixWalkError) {
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system(operation: "open", errno: errno) }
    }

    /// Creates a file that only its owner can read; there must be none of that name.
    init(creating path: String) throws(PrefixWalkError) {
        descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .system(operation: "create", errno: errno) }
    }

    /// Creates a file whose name is gone at once, and whose bytes are gone with the handle.
    convenience init(temporaryIn directory: String) throws(PrefixWalkError) {
        let path = directory + "/walk-state-" + String(UInt64.random(in: .min ... .max), radix: 36)
        try self.init(creating: path)
        Self.remove(path)
    }

    deinit { close(descriptor) }

    var count: Int {
        get throws(PrefixWalkError) {
            var status = stat()
            guard fstat(descriptor, &status) == 0 else { throw .system(operation: "fstat", errno: errno) }
            return Int(status.st_size)
        }
    }

    /// Fills `slice` from `offset` on.
    ///
    /// - Throws: `damagedSegment` where the file ends before that.
    func read(into slice: WalkSlice, at offset: Int) throws(PrefixWalkError) {
        let bytes = unsafe slice.buffer.withBytes(at: slice.offset, count: slice.count)
        var done = 0
        while done < slice.count {
            let part = unsafe pread(
                descriptor, bytes.baseAddress.map { $0 + done }, slice.count - done, off_t(offset + done))
            if part < 0, errno == EINTR { continue }
            guard part >= 0 else { throw .system(operation: "read", errno: errno) }
            guard part > 0 else { throw .damagedSegment }
            done += part
        }
    }

    func write(_ slice: WalkSlice, at offset: Int) throws(PrefixWalkError) {
        let bytes = unsafe slice.buffer.withBytes(at: slice.offset, count: slice.count)
        var done = 0
        while done < slice.count {
            let part = unsafe pwrite(
                descriptor, bytes.baseAddress.map { $0 + done }, slice.count - done, off_t(offset + done))
            if part < 0, errno == EINTR { continue }
            guard part > 0 else { throw .system(operation: "write", errno: errno) }
            done += part
        }
    }

    func read(count: Int, at offset: Int) throws(PrefixWalkError) -> [UInt8] {
        let buffer = WalkBuffer(count: count)
        try read(into: WalkSlice(buffer), at: offset)
        return buffer.bytes
    }

    /// Has the operating system read a part of the file in the background, where it knows how.
    func prefetch(from offset: Int, count: Int) {
        #if canImport(Glibc) || canImport(Musl)
            _ = posix_fadvise(descriptor, off_t(offset), off_t(count), POSIX_FADV_WILLNEED)
        #endif
    }

    func synchronize() throws(PrefixWalkError) {
        guard fsync(descriptor) == 0 else { throw .system(operation: "fsync", errno: errno) }
    }

    /// Renames a file in its directory and makes that durable.
    static func rename(_ source: String, to destination: String) throws(PrefixWalkError) {
        guard Self.renameFile(source, destination) == 0 else { throw .system(operation: "rename", errno: errno) }
        let directory = destination.lastIndex(of: "/").map { String(destination[...$0]) } ?? "."
        let handle = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard handle >= 0 else { throw .system(operation: "open directory", errno: errno) }
        defer { close(handle) }
        guard fsync(handle) == 0 else { throw .system(operation: "fsync directory", errno: errno) }
    }

    private static func renameFile(_ source: String, _ destination: String) -> Int32 {
        #if canImport(Glibc)
            Glibc.rename(source, destination)
        #elseif canImport(Musl)
            Musl.rename(source, destination)
        #else
            Darwin.rename(source, destination)
        #endif
    }

    /// Removes a file if it is there.
    static func remove(_ path: String) {
        unlink(path)
    }
}
