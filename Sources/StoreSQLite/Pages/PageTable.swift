import Aggregator
import PopulusDurableFiles
import PopulusKernels

/// A file with a digest of each page of a database, as that page was committed last.
///
/// After a block with its head it has eight bytes for each page, by number, little endian; 0 for a page that no commit wrote.
final class PageTable: Sendable {
    private static let title = Array("populus pages 1\n".utf8)
    /// Bytes before the first digest, and bytes that are written at once.
    private static let block = 4096
    /// Where the head says how far the log was followed.
    private static let positionOffset = 32
    private static let digestsInBlock = block / 8

    let pageSize: Int
    private let file: OpenFile

    /// How far a log was followed.
    struct Position: Equatable {
        /// Those of the log.
        let salts: UInt64
        let frames: Int
    }

    /// Opens a table; nil where there is none.
    ///
    /// - Throws: `StoreError.damaged`.
    init?(_ path: String) throws(StoreError) {
        let head: [UInt8]
        do throws(DurableFileError) {
            file = try OpenFile(path, for: .writing)
            head = try file.read(Self.positionOffset, at: 0)
        } catch {
            if [.missing, .notAFolder].contains(error.cause) { return nil }
            throw StoreError(path, error)
        }
        let words = head.count == Self.positionOffset ? Self.words(of: head) : []
        guard words.count == 4, head == Self.head(pageSize: Int(truncatingIfNeeded: words[2])) else {
            throw .damaged("\(path) cannot be read")
        }
        pageSize = Int(words[2])
    }

    /// Makes a table, durably, in place of what has the name.
    static func make(_ path: String, _ bytes: [UInt8]) throws(StoreError) {
        try StoreError.wrapping("cannot make \(path)") { () throws(DurableFileError) in
            try DurableFile.write(bytes, to: path, durable: true)
        }
    }

    /// The table of a database that has no log, and that nobody writes to.
    ///
    /// - Throws: `StoreError.damaged` where the database cannot be read to its end.
    static func bytes(of database: OpenFile) throws(StoreError) -> [UInt8] {
        let start = try StoreError.wrapping(database.path) { () throws(DurableFileError) in
            try database.read(18, at: 0)
        }
        guard start.count == 18 else { throw .damaged("the database cannot be read to its end") }
        let size = Int(start[16]) << 8 | Int(start[17])
        let pageSize = size == 1 ? 65_536 : size
        guard pageSize >= 512 else { throw .damaged("the database's pages have no size") }
        var bytes = head(pageSize: pageSize)
        bytes += [UInt8](repeating: 0, count: block - bytes.count)
        let left = try DatabasePages(file: database, pageSize: pageSize).forEach { number, page throws(StoreError) in
            withUnsafeBytes(of: digest(of: page, number).littleEndian) { bytes += $0 }
        }
        guard left == 0 else { throw .damaged("the database ends within a page") }
        return bytes
    }

    /// The digest of a page with this number; never 0.
    static func digest(of page: UnsafeRawBufferPointer, _ number: UInt32) -> UInt64 {
        max(1, DamageDigest.ofPage(page, number: UInt64(number)))
    }

    private static func head(pageSize: Int) -> [UInt8] {
        var head = title
        withUnsafeBytes(of: UInt64(truncatingIfNeeded: pageSize).littleEndian) { head += $0 }
        withUnsafeBytes(of: DamageDigest.of(head).littleEndian) { head += $0 }
        return head
    }

    private static func words(of bytes: [UInt8]) -> [UInt64] {
        bytes.withUnsafeBytes { bytes in
            (0..<bytes.count / 8).map {
                UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8 * $0, as: UInt64.self))
            }
        }
    }
}

// MARK: - Digests

extension PageTable {
    /// The digests of `count` pages from `page` on, 0 where there is none.
    func digests(from page: Int, count: Int) throws(StoreError) -> [UInt64] {
        let found = Self.words(of: try read(8 * count, at: Self.block + 8 * (page - 1)))
        return found + [UInt64](repeating: 0, count: count - found.count)
    }

    /// Notes digests by page, and then that the log was followed so far.
    func write(_ digests: [UInt32: UInt64], upTo position: Position) throws(StoreError) {
        let pages = digests.sorted { $0.key < $1.key }
        var (first, bytes) = (0, [UInt8]())
        while first < pages.count {
            let number = Int(pages[first].key - 1) / Self.digestsInBlock
            let offset = Self.block * (number + 1)
            bytes = try read(Self.block, at: offset)
            var end = first
            while end < pages.count, Int(pages[end].key - 1) / Self.digestsInBlock == number {
                let place = 8 * (Int(pages[end].key - 1) % Self.digestsInBlock)
                if bytes.count < place + 8 { bytes += [UInt8](repeating: 0, count: place + 8 - bytes.count) }
                bytes.withUnsafeMutableBytes {
                    $0.storeBytes(of: pages[end].value.littleEndian, toByteOffset: place, as: UInt64.self)
                }
                end += 1
            }
            try write(bytes, at: offset)
            first = end
        }
        var words: [UInt8] = []
        for word in [position.salts, UInt64(position.frames)] {
            withUnsafeBytes(of: word.littleEndian) { words += $0 }
        }
        try write(words, at: Self.positionOffset)
    }

    /// How far the log was followed whose digests were written last.
    var position: Position {
        get throws(StoreError) {
            let words = Self.words(of: try read(16, at: Self.positionOffset))
            guard words.count == 2 else { return Position(salts: 0, frames: 0) }
            return Position(salts: words[0], frames: Int(truncatingIfNeeded: words[1]))
        }
    }

    func synchronize() throws(StoreError) {
        try StoreError.wrapping("cannot make the digests of pages durable") { () throws(DurableFileError) in
            try file.synchronize()
        }
    }

    /// A digest of the whole table.
    var digest: UInt64 {
        get throws(StoreError) {
            var (digest, offset) = (DamageDigest(), 0)
            while true {
                let piece = try read(1 << 20, at: offset)
                digest.add(piece)
                offset += piece.count
                if piece.count < 1 << 20 { return digest.value }
            }
        }
    }

    private func read(_ count: Int, at offset: Int) throws(StoreError) -> [UInt8] {
        try StoreError.wrapping("cannot read the digests of pages") { () throws(DurableFileError) in
            try file.read(count, at: offset)
        }
    }

    private func write(_ bytes: [UInt8], at offset: Int) throws(StoreError) {
        try StoreError.wrapping("cannot write the digests of pages") { () throws(DurableFileError) in
            try file.write(bytes, at: offset)
        }
    }
}

/// The pages of a database as they stand in its file.
struct DatabasePages {
    let file: OpenFile
    let pageSize: Int

    /// Hands out each page with its number, up to the file's end.
    ///
    /// - Returns: how many bytes of a further page there are.
    /// - Throws: `StoreError.damaged` where they cannot be read.
    @discardableResult
    func forEach(_ body: (UInt32, UnsafeRawBufferPointer) throws(StoreError) -> Void) throws(StoreError) -> Int {
        let step = max(1, (1 << 20) / pageSize)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: step * pageSize, alignment: 8)
        defer { buffer.deallocate() }
        var done = 0
        while true {
            let size: Int
            do throws(DurableFileError) { size = try file.read(into: buffer, at: done * pageSize) } catch {
                throw .damaged("the database cannot be read to its end: \(error.reason)")
            }
            for place in 0..<size / pageSize {
                let page = buffer[place * pageSize..<(place + 1) * pageSize]
                try body(UInt32(done + place + 1), UnsafeRawBufferPointer(rebasing: page))
            }
            done += size / pageSize
            if size < buffer.count { return size % pageSize }
        }
    }
}
