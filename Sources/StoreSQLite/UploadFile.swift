import Aggregator

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// One open file of uploads, closed at the end.
///
/// Reads and writes name their offset, so that one descriptor serves several threads.
final class UploadFile: Sendable {
    let number: Int64
    let identity: FileIdentity?
    private let descriptor: Int32

    /// Creates a file that only its owner can read; there must be none of that name.
    init(creating path: String, number: Int64) throws(StoreError) {
        self.number = number
        descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        identity = FileIdentity(descriptor)
        guard descriptor >= 0 else { throw Self.failure("cannot make \(path)") }
    }

    init(opening path: String, number: Int64) throws(StoreError) {
        self.number = number
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            identity = nil
            throw errno == ENOENT ? .damaged("\(path) is missing") : Self.failure("cannot open \(path)")
        }
        identity = FileIdentity(descriptor)
    }

    deinit { close(descriptor) }

    /// The length in bytes.
    var size: Int {
        get throws(StoreError) {
            var status = stat()
            guard fstat(descriptor, &status) == 0 else { throw Self.failure("cannot look at a file of uploads") }
            return Int(status.st_size)
        }
    }

    func write(_ bytes: [UInt8], at offset: Int) throws(StoreError) {
        var done = 0
        while done < bytes.count {
            let part = bytes.withUnsafeBytes { bytes in
                pwrite(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done, off_t(offset + done))
            }
            if part < 0, errno == EINTR { continue }
            guard part > 0 else { throw Self.failure("cannot write uploads") }
            done += part
        }
    }

    func read(_ count: Int, at offset: Int) throws(StoreError) -> [UInt8] {
        var failure: StoreError?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { bytes, done in
            while done < count {
                let part = pread(descriptor, bytes.baseAddress.map { $0 + done }, count - done, off_t(offset + done))
                if part < 0, errno == EINTR { continue }
                guard part > 0 else {
                    failure =
                        part < 0
                        ? Self.failure("cannot read uploads") : .damaged("a file of uploads ends too early")
                    return
                }
                done += part
            }
        }
        if let failure { throw failure }
        return bytes
    }

    /// Waits until all bytes are on disk.
    func synchronize() throws(StoreError) {
        guard fsync(descriptor) == 0 else { throw Self.failure("cannot make uploads durable") }
    }

    /// Waits until the names of a folder's files are on disk.
    static func synchronize(folder: String) throws(StoreError) {
        let descriptor = open(folder, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("cannot open \(folder)") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("cannot make \(folder) durable") }
    }

    private static func failure(_ what: String) -> StoreError {
        StoreError(what, errno: errno)
    }
}
