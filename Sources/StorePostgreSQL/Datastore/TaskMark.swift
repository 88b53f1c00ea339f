#if PostgreSQL
import Aggregator
import PopulusDAP
import PopulusDurableFiles
import PopulusKernels
import Synchronization

/// How far the store of a task was, kept beside the segments and apart from the database.
///
/// The database alone cannot know that it was put back to an earlier state. The mark is raised after each commit and
/// before its answer, so a database that is behind it has lost what was acknowledged. A mark of another store, which this
/// one was before it was renewed, says nothing.
///
/// Of other processes that share the store it has what was seen of them last: a database that has lost only theirs is known by
/// it too.
struct TaskMark: Equatable {
    let store: StoreID
    let incarnation: IncarnationID
    /// What the incarnation had committed.
    var progress: WriteProgress
    /// How far others were, at least.
    var others: [Incarnation]

    /// So many fit into one sector of a disk, which a power cut leaves whole.
    static let greatestOthers = 6
    /// The greatest of the two forms: the earlier one has no others, and fewer bytes.
    private static let (title, size) = ("populus task mark 2", 494)
    private static let (earlierTitle, earlierSize) = ("populus task mark 1", 180)

    init(
        store: StoreID, incarnation: IncarnationID, progress: WriteProgress = WriteProgress(),
        others: [Incarnation] = []
    ) {
        (self.store, self.incarnation, self.progress, self.others) = (store, incarnation, progress, others)
    }

    /// Lines of text, always as long together, and what tells that they are whole.
    var encoded: [UInt8] { encoded(Self.title, Self.size) }

    private func encoded(_ title: String, _ size: Int) -> [UInt8] {
        let text =
            "\(title)\nstore \(store.base64URL)\nincarnation \(incarnation.base64URL)\n"
            + "commits \(progress.count) \(progress.writes)\n"
            + others.prefix(Self.greatestOthers).map { "other \($0.id.base64URL) \($0.count)\n" }.joined()
        let padding = String(repeating: " ", count: max(0, size - text.utf8.count))
        let check = String(DamageDigest.of(Array(text.utf8)), radix: 16)
        return Array("\(text)\(padding)\n\(String(repeating: "0", count: 16 - check.count))\(check)\n".utf8)
    }

    /// Nil for what is no whole mark.
    init?(_ bytes: [UInt8]) {
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        guard lines.count >= 6, let store = StoreID(base64URL: String(lines[1].dropFirst("store ".count))),
            let incarnation = IncarnationID(base64URL: String(lines[2].dropFirst("incarnation ".count))),
            case let words = lines[3].split(separator: " "), words.count == 3, let count = UInt64(words[1]),
            let writes = UInt64(words[2])
        else { return nil }
        let others = lines.dropFirst(4).dropLast(2).map(Incarnation.init(markLine:))
        guard others.allSatisfy({ $0 != nil }) else { return nil }
        self.init(
            store: store, incarnation: incarnation, progress: WriteProgress(count: count, writes: writes),
            others: others.compactMap { $0 })
        guard encoded == bytes || encoded(Self.earlierTitle, Self.earlierSize) == bytes else { return nil }
    }

    /// Sees that the database is as far as the mark.
    ///
    /// - Throws: `StoreError.putBack`.
    func check(_ tables: LedgerTables) throws {
        guard try tables.identity == store else { return }
        let known = try ProgressRow(db: tables.db, task: tables.task, incarnation: incarnation).current()
        guard let known, known.count >= progress.count, known.writes >= progress.writes else {
            throw StoreError.putBack(
                "\(progress.writes) commits were made since the server's start \(incarnation), as the mark beside the segments "
                    + "says, and " + (known.map { "it has \($0.writes) of them" } ?? "it does not know of that start"))
        }
        for other in others {
            let known = try ProgressRow(db: tables.db, task: tables.task, incarnation: other.id).current()
            guard let known, known.count >= other.count else {
                throw StoreError.putBack(
                    "\(other.count) commits were made since another server's start \(other.id), as the mark beside the segments "
                        + "says, and it does not have them all")
            }
        }
    }
}

extension Incarnation {
    fileprivate init?(markLine line: Substring) {
        let words = line.split(separator: " ")
        guard words.count == 3, words[0] == "other", let id = IncarnationID(base64URL: String(words[1])),
            let count = UInt64(words[2])
        else { return nil }
        self.init(id: id, count: count)
    }
}

/// A mark's open file.
final class TaskMarkFile: Sendable {
    private let file: OpenFile
    private let state: Mutex<State>

    private struct State {
        var mark: TaskMark
        var synchronised = ContinuousClock.now
    }

    /// Opens the mark, or makes one, and writes it.
    init(_ path: String, _ mark: TaskMark) throws(StoreError) {
        do throws(DurableFileError) {
            file = try OpenFile(path, for: .writingAny)
            try file.write(mark.encoded, at: 0)
            try file.synchronize()
            try FileNames.synchronize(folder: FileNames.folder(of: path))
        } catch { throw StoreError("cannot write \(path)", error) }
        state = Mutex(State(mark: mark))
    }

    /// The mark of that name; nil where there is none.
    ///
    /// - Throws: `StoreError.damaged`.
    static func read(_ path: String) throws(StoreError) -> TaskMark? {
        let bytes: [UInt8]?
        do throws(DurableFileError) { bytes = try DurableFile.read(path, limit: 1024) } catch {
            throw StoreError(path, error)
        }
        // Made, and not yet written: there is none, as there were no commits to say of.
        guard let bytes, !bytes.isEmpty else { return nil }
        guard let mark = TaskMark(bytes) else { throw .damaged("\(path) cannot be read") }
        return mark
    }

    /// Raises the mark; it is on disk after a second at most, if commits go on.
    ///
    /// - Parameter others: how far other processes are.
    func raise(to progress: WriteProgress, others: [Incarnation]) throws(StoreError) {
        try change { mark in (mark.progress, mark.others) = (progress, others) }
    }

    /// Goes on with another incarnation; how far the earlier one was is among the others.
    func begin(_ incarnation: IncarnationID, others: [Incarnation]) throws(StoreError) {
        try change(isUrgent: true) { mark in
            mark = TaskMark(store: mark.store, incarnation: incarnation, others: others)
        }
    }

    private func change(isUrgent: Bool = false, _ body: (inout TaskMark) -> Void) throws(StoreError) {
        let failure = state.withLock { state -> StoreError? in
            var mark = state.mark
            body(&mark)
            do throws(DurableFileError) {
                try file.write(mark.encoded, at: 0)
                if isUrgent || ContinuousClock.now - state.synchronised > .seconds(1) {
                    try file.synchronize()
                    state.synchronised = .now
                }
            } catch { return StoreError("cannot write the mark of a task", error) }
            state.mark = mark
            return nil
        }
        if let failure { throw failure }
    }
}
#endif
