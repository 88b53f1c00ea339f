import Aggregator
import Kernels
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Keeps every other process from a store: locks on the database and on its mark themselves, whatever they are called,
/// gone with the process.
///
/// Closing a descriptor of the database drops every lock that SQLite has on it in this process. So it is opened once
/// here, before SQLite does, and closed after it.
final class StoreLock: Sendable {
    /// Databases that this process has open.
    private static let held = Mutex<Set<FileIdentity>>([])

    let identity: FileIdentity
    private let state = Mutex(State())

    private struct State {
        /// The database's first.
        var descriptors: [Int32] = []
        var isReleased = false
    }

    /// Locks a database.
    ///
    /// - Throws: `StoreError.inUse`.
    init(_ files: StoreFiles) throws(StoreError) {
        guard let identity = FileIdentity(files.path) else { throw .missing }
        guard Self.held.withLock({ $0.insert(identity).inserted }) else { throw .inUse(files.path) }
        self.identity = identity
        do throws(StoreError) {
            try take(files.path)
            guard state.withLock({ FileIdentity($0.descriptors[0]) }) == identity else { throw .inUse(files.path) }
            // An earlier version of Populus locks this file, which it makes.
            if FileIdentity(files.path + ".lock") != nil { try take(files.path + ".lock") }
        } catch {
            release()
            throw error
        }
    }

    /// Locks a further file of the store; it must be there.
    func take(_ path: String) throws(StoreError) {
        let descriptor = open(path, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { throw StoreError("cannot open \(path)", errno: errno) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw .inUse(path)
        }
        state.withLock { $0.descriptors.append(descriptor) }
    }

    /// The database, for reading.
    var database: Int32 { state.withLock { $0.descriptors[0] } }

    /// The digest of the database's bytes; only while nobody writes to it.
    ///
    /// - Throws: `StoreError.damaged` where it cannot be read to its end.
    func digest(of size: Int) throws(StoreError) -> UInt64 {
        let descriptor = database
        var piece = [UInt8](repeating: 0, count: 1 << 20)
        var digest = DamageDigest()
        var done = 0
        while done < size {
            let wanted = min(piece.count, size - done)
            var count = 0
            while count < wanted {
                let part = piece.withUnsafeMutableBytes { bytes in
                    pread(descriptor, bytes.baseAddress.map { $0 + count }, wanted - count, off_t(done + count))
                }
                if part < 0, errno == EINTR { continue }
                guard part > 0 else { throw .damaged("the database cannot be read to its end") }
                count += part
            }
            piece.withUnsafeBytes { digest.add(UnsafeRawBufferPointer(rebasing: $0[..<wanted])) }
            done += wanted
        }
        return digest.value
    }

    func release() {
        let isFirst = state.withLock { state in
            for descriptor in state.descriptors { close(descriptor) }
            defer { state.isReleased = true }
            state.descriptors = []
            return !state.isReleased
        }
        // Another one may hold it by now.
        if isFirst { _ = Self.held.withLock { $0.remove(identity) } }
    }

    deinit { release() }
}
