import Aggregator
import PopulusDAP
import PopulusDurableFiles
import PopulusKernels
import Synchronization

/// How far a store is, kept beside its uploads and apart from its database.
///
/// The database alone cannot know that its log is missing: it then is as it was at an earlier moment. The mark is raised
/// after each commit and before its answer, so a database that is behind it has lost what was acknowledged.
struct StoreMark: Equatable {
    let store: StoreID
    /// Commits so far.
    var commits: UInt64
    /// The database as it was left at a clean stop, when it had no log; nothing while it is open.
    var closed: Closed?
    /// Whether there are digests of its pages.
    ///
    /// Programs that do not keep them cannot read such a mark, and refuse the store.
    var isPaged = false

    struct Closed: Equatable {
        /// Of the database.
        let size: Int
        /// Of the digests of its pages; of the database itself where there are none.
        let digest: UInt64
    }

    private static let titles = ["populus store mark 1", "populus store mark 2"]

    /// Lines of text, always as long together, and what tells that they are whole.
    var encoded: [UInt8] {
        let state = closed.map { "closed \($0.size) \($0.digest)" } ?? "open"
        let text = "\(Self.titles[isPaged ? 1 : 0])\nstore \(store.base64URL)\ncommits \(commits)\n\(state)\n"
        let padding = String(repeating: " ", count: max(0, 200 - text.utf8.count))
        let check = String(DamageDigest.of(Array(text.utf8)), radix: 16)
        return Array("\(text)\(padding)\n\(String(repeating: "0", count: 16 - check.count))\(check)\n".utf8)
    }

    init(store: StoreID, commits: UInt64, isPaged: Bool) {
        (self.store, self.commits, self.isPaged) = (store, commits, isPaged)
    }

    /// Nil for what is no whole mark.
    init?(_ bytes: [UInt8]) {
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        guard lines.count == 6, let version = Self.titles.firstIndex(of: String(lines[0])),
            let store = lines[1].word(after: "store ").flatMap({ StoreID(base64URL: String($0)) }),
            let commits = lines[2].word(after: "commits ").flatMap({ UInt64($0) })
        else { return nil }
        self.init(store: store, commits: commits, isPaged: version == 1)
        if let words = lines[3].word(after: "closed ")?.split(separator: " "), words.count == 2 {
            guard let size = Int(words[0]), let digest = UInt64(words[1]) else { return nil }
            closed = Closed(size: size, digest: digest)
        }
        guard encoded == bytes else { return nil }
    }
}

extension Substring {
    fileprivate func word(after name: String) -> Substring? { hasPrefix(name) ? dropFirst(name.count) : nil }
}

/// A mark's open file.
final class StoreMarkFile: Sendable {
    private let file: OpenFile
    private let written = Mutex<StoreMark?>(nil)

    /// Opens the mark, or makes one.
    init(_ path: String) throws(StoreError) {
        file = try StoreError.wrapping("cannot make \(path)") { () throws(DurableFileError) in
            try OpenFile(path, for: .writingAny)
        }
    }

    /// The mark of that name; nil where there is none.
    ///
    /// - Throws: `StoreError.damaged`.
    static func read(_ path: String) throws(StoreError) -> StoreMark? {
        let bytes: [UInt8]?
        do throws(DurableFileError) { bytes = try DurableFile.read(path, limit: 1024) } catch {
            throw StoreError(path, error)
        }
        // Made, and not yet written: there is none, as there were no commits to say of.
        guard let bytes, !bytes.isEmpty else { return nil }
        guard let mark = StoreMark(bytes) else { throw .damaged("\(path) cannot be read") }
        return mark
    }

    /// Writes the mark: in place, so that no name changes; it is on disk after ``synchronize()``.
    func write(_ mark: StoreMark) throws(StoreError) {
        let failure = written.withLock { put(mark, as: &$0) }
        if let failure { throw failure }
    }

    /// Raises the commits of the mark that was written last, unless it has as many.
    ///
    /// Under the lock: of two commits at once the later one must not be written first, and then be forgotten.
    func raise(to commits: UInt64) throws(StoreError) {
        let failure = written.withLock { written -> StoreError? in
            guard var mark = written, mark.commits < commits else { return nil }
            mark.commits = commits
            return put(mark, as: &written)
        }
        if let failure { throw failure }
    }

    /// Says from here on that there are digests of the database's pages, and waits until that is on disk.
    func notePages() throws(StoreError) {
        let failure = written.withLock { written -> StoreError? in
            guard var mark = written else { return nil }
            mark.isPaged = true
            return put(mark, as: &written)
        }
        if let failure { throw failure }
        try synchronize()
    }

    private func put(_ mark: StoreMark, as written: inout StoreMark?) -> StoreError? {
        do throws(DurableFileError) { try file.write(mark.encoded, at: 0) } catch {
            return StoreError("cannot write the store's mark", error)
        }
        written = mark
        return nil
    }

    /// The mark that was written last.
    var current: StoreMark? { written.withLock { $0 } }

    /// Waits until it is on disk.
    func synchronize() throws(StoreError) {
        try StoreError.wrapping("cannot make the store's mark durable") { () throws(DurableFileError) in
            try file.synchronize()
        }
    }
}
