import Aggregator
import PopulusDurableFiles
import PopulusKernels
import Synchronization

/// Keeps every other process from a store: locks on the database and on its mark themselves, whatever they are called,
/// gone with the process.
///
/// Closing a file of the database drops every lock that SQLite has on it in this process. So it is opened once
/// here, before SQLite does, and closed after it.
final class StoreLock: Sendable {
    /// Databases that this process has open.
    private static let held = Mutex<Set<FileIdentity>>([])

    let identity: FileIdentity
    private let state = Mutex(State())

    private struct State {
        /// The database first.
        var open: [OpenFile] = []
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
            let open = try StoreError.wrapping(files.path) { () throws(DurableFileError) in try database.status }
            guard open.identity == identity else { throw .inUse(files.path) }
            // An earlier version of Populus locks this file, which it makes.
            if FileIdentity(files.path + ".lock") != nil { try take(files.path + ".lock") }
        } catch {
            release()
            throw error
        }
    }

    /// Locks a further file of the store; it must be there.
    func take(_ path: String) throws(StoreError) {
        do throws(DurableFileError) {
            let file = try OpenFile(path, for: .writing)
            if try file.lock() { return state.withLock { $0.open.append(file) } }
        } catch {
            throw StoreError(error.operation == .lock ? "cannot lock \(path)" : "cannot open \(path)", error)
        }
        throw .inUse(path)
    }

    /// The database, for reading.
    var database: OpenFile { state.withLock { $0.open[0] } }

    /// The digest of the database's bytes; only while nobody writes to it.
    ///
    /// - Throws: `StoreError.damaged` where it cannot be read to its end.
    func digest(of size: Int) throws(StoreError) -> UInt64 {
        let (file, step) = (database, 1 << 20)
        var digest = DamageDigest()
        for done in stride(from: 0, to: size, by: step) {
            let wanted = min(step, size - done)
            let piece: [UInt8]
            do throws(DurableFileError) { piece = try file.read(wanted, at: done) } catch {
                throw .damaged("the database cannot be read to its end: \(error.reason)")
            }
            guard piece.count == wanted else { throw .damaged("the database cannot be read to its end") }
            digest.add(piece)
        }
        return digest.value
    }

    func release() {
        // Both at once: a file that was removed gives its identity to another one as soon as it is closed.
        Self.held.withLock { held in
            let isFirst = state.withLock { state in
                defer { state.isReleased = true }
                state.open = []
                return !state.isReleased
            }
            // Another one may hold it by now.
            if isFirst { held.remove(identity) }
        }
    }

    deinit { release() }
}
