import Aggregator
import PopulusDurableFiles

/// Whether every byte of a database that a query may read is as it was written; nobody may have it open for writing.
///
/// A page whose newest version is in the log is SQLite's own to judge, by the log's checksums. Every other one has the
/// digest that was noted when it was committed.
struct PageCheck {
    let files: StoreFiles
    let database: OpenFile
    let table: PageTable

    /// Looks at all of it.
    ///
    /// - Throws: `StoreError.damaged` for a page that is another, `.incomplete` for a log that has lost its end.
    func run() throws(StoreError) {
        let log = try readLog()
        // Of the last page: what a commit says, or else what the first page says, which is then as it was written.
        var (last, count) = (0, log.map { $0.frames > 0 ? $0.pageCount : 0 } ?? 0)
        var digests: [UInt64] = []
        var first = 1
        // Bytes of a further page are none: a kill may have come while they were written.
        try DatabasePages(file: database, pageSize: table.pageSize).forEach { number, page throws(StoreError) in
            let place = Int(number)
            if place >= first + digests.count {
                first = place
                digests = try table.digests(from: first, count: 1024)
            }
            defer { last = place }
            // What follows the last page SQLite never reads.
            guard count == 0 || place <= count, log?.newest[number] == nil, !isLockPage(place) else { return }
            guard isWritten(page, number, digests[place - first]) else {
                throw .damaged("page \(number) of \(files.path) is not as it was written")
            }
            if place == 1, count == 0 { count = Self.pageCount(page) }
        }
        guard last < count else { return }
        for page in last + 1...count where log?.newest[UInt32(page)] == nil && !isLockPage(page) {
            throw .damaged("\(files.path) ends before its page \(page)")
        }
    }

    /// The log as SQLite would take it, which must reach as far as it was followed.
    private func readLog() throws(StoreError) -> WriteAheadLog? {
        let log: WriteAheadLog?
        do throws(DurableFileError) { log = try WriteAheadLog(OpenFile(files.log, for: .reading)) } catch {
            guard error.cause == .missing else { throw StoreError(files.log, error) }
            return nil
        }
        let position = try table.position
        guard let log else { return nil }
        guard log.header.salts != position.salts || log.frames >= position.frames else {
            throw .incomplete("the log \(files.log) is damaged or cut off")
        }
        return log
    }

    private func isWritten(_ page: UnsafeRawBufferPointer, _ number: UInt32, _ digest: UInt64) -> Bool {
        // A page that no commit ever wrote is a hole in the file.
        digest == 0 ? page.allSatisfy { $0 == 0 } : digest == PageTable.digest(of: page, number)
    }

    /// The page that SQLite keeps for locks, and never writes.
    private func isLockPage(_ page: Int) -> Bool { page == (1 << 30) / table.pageSize + 1 }

    /// How many pages the database has, by its first one.
    private static func pageCount(_ page: UnsafeRawBufferPointer) -> Int {
        Int(UInt32(bigEndian: page.loadUnaligned(fromByteOffset: 28, as: UInt32.self)))
    }
}
