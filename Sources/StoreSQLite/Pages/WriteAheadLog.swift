import PopulusDurableFiles

/// What SQLite has written to a database's log, as far as that is whole: the log's own checksums tell how far.
///
/// SQLite takes the same frames when it recovers a log, so what stands here is what it reads after a kill.
/// Spec: SQLite, Database File Format, chapter 4.
struct WriteAheadLog {
    let header: Header
    /// Frames up to the last one that ends a commit; 0 where there is none.
    private(set) var frames = 0
    /// Pages that the database has after that commit.
    private(set) var pageCount = 0
    /// The frame, from 1, that holds the newest committed version of a page.
    private(set) var newest: [UInt32: Int] = [:]

    /// The first bytes of a log.
    struct Header: Equatable {
        static let size = 32

        let pageSize: Int
        /// Drawn anew whenever SQLite begins the log anew: frames with other ones are left over from before.
        let salts: UInt64
        fileprivate let isBigEndian: Bool
        fileprivate let checksum: LogChecksum

        /// Nil for what SQLite does not take for a log.
        init?(_ bytes: [UInt8]) {
            guard bytes.count == Self.size else { return nil }
            let words = bytes.withUnsafeBytes { bytes in (0..<8).map { bytes.word(at: 4 * $0) } }
            let pageSize = Int(words[2])
            guard words[0] & ~1 == 0x377f_0682, words[1] == 3_007_000, pageSize.nonzeroBitCount == 1,
                (512...65_536).contains(pageSize)
            else { return nil }
            let isBigEndian = words[0] & 1 == 1
            var checksum = LogChecksum()
            bytes.withUnsafeBytes { checksum.add(UnsafeRawBufferPointer(rebasing: $0[..<24]), isBigEndian) }
            guard checksum == LogChecksum(words[6], words[7]) else { return nil }
            (self.pageSize, self.isBigEndian, self.checksum) = (pageSize, isBigEndian, checksum)
            salts = UInt64(words[4]) << 32 | UInt64(words[5])
        }

        var frameSize: Int { LogFrame.headSize + pageSize }

        /// Where a frame, from 1, begins.
        func offset(of frame: Int) -> Int { Self.size + (frame - 1) * frameSize }
    }

    /// Reads a log; nil where it has no whole header.
    init?(_ file: OpenFile) throws(DurableFileError) {
        guard let header = Header(try file.read(Header.size, at: 0)) else { return nil }
        self.header = header
        let step = max(1, (1 << 20) / header.frameSize)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: step * header.frameSize, alignment: 8)
        defer { buffer.deallocate() }
        var (read, checksum, pending) = (0, header.checksum, [UInt32: Int]())
        while true {
            let count = try file.read(into: buffer, at: header.offset(of: read + 1)) / header.frameSize
            for place in 0..<count {
                let bytes = buffer[place * header.frameSize..<(place + 1) * header.frameSize]
                let frame = LogFrame(UnsafeRawBufferPointer(rebasing: bytes))
                guard frame.continues(&checksum, header) else { return }
                read += 1
                pending[frame.page] = read
                if frame.pageCount > 0 { commit(&pending, at: read, frame.pageCount) }
            }
            if count < step { return }
        }
    }

    private mutating func commit(_ pending: inout [UInt32: Int], at frame: Int, _ pageCount: UInt32) {
        (frames, self.pageCount) = (frame, Int(pageCount))
        newest.merge(pending) { $1 }
        pending.removeAll(keepingCapacity: true)
    }
}

/// One frame of a log: a version of a page.
struct LogFrame {
    static let headSize = 24

    private let bytes: UnsafeRawBufferPointer

    /// - Parameter bytes: head and page; they must outlive this.
    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    var page: UInt32 { bytes.word(at: 0) }
    /// Pages of the database after the commit that the frame ends; 0 if it ends none.
    var pageCount: UInt32 { bytes.word(at: 4) }
    var salts: UInt64 { UInt64(bytes.word(at: 8)) << 32 | UInt64(bytes.word(at: 12)) }
    var content: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[Self.headSize...]) }

    /// Whether it is whole and follows what `checksum` is of, which is then of this frame too.
    fileprivate func continues(_ checksum: inout LogChecksum, _ header: WriteAheadLog.Header) -> Bool {
        guard page != 0, salts == header.salts else { return false }
        checksum.add(UnsafeRawBufferPointer(rebasing: bytes[..<8]), header.isBigEndian)
        checksum.add(content, header.isBigEndian)
        return checksum == LogChecksum(bytes.word(at: 16), bytes.word(at: 20))
    }
}

/// SQLite's checksum of a log, which each frame carries on.
private struct LogChecksum: Equatable {
    private var first: UInt32
    private var second: UInt32

    init(_ first: UInt32 = 0, _ second: UInt32 = 0) { (self.first, self.second) = (first, second) }

    /// - Parameter bytes: a multiple of eight.
    mutating func add(_ bytes: UnsafeRawBufferPointer, _ isBigEndian: Bool) {
        var (first, second) = (first, second)
        for offset in stride(from: 0, to: bytes.count & ~7, by: 8) {
            let pair = bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self).littleEndian
            var (low, high) = (UInt32(truncatingIfNeeded: pair), UInt32(truncatingIfNeeded: pair >> 32))
            if isBigEndian { (low, high) = (low.byteSwapped, high.byteSwapped) }
            first &+= low &+ second
            second &+= high &+ first
        }
        (self.first, self.second) = (first, second)
    }
}

extension UnsafeRawBufferPointer {
    /// Four bytes, the highest first.
    fileprivate func word(at offset: Int) -> UInt32 {
        UInt32(bigEndian: loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }
}
