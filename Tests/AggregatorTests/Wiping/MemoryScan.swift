import Foundation

/// Looks for secrets in all memory that this process may write: heap, stacks and mappings, freed or not.
///
/// What is looked for is kept in another form, so that the search does not find itself.
struct MemoryScan {
    /// Sixteen bytes of a secret, each with another value than in the secret.
    struct Marker {
        fileprivate let low: UInt64
        fileprivate let high: UInt64

        /// - Precondition: sixteen bytes from `offset` on.
        init(_ secret: borrowing [UInt8], at offset: Int) {
            (low, high) = (~Self.word(secret, offset), ~Self.word(secret, offset + 8))
        }

        private static func word(_ bytes: borrowing [UInt8], _ offset: Int) -> UInt64 {
            (0..<8).reduce(0) { $0 | UInt64(bytes[offset + $1]) << UInt64(8 * $1) }
        }
    }

    static let isPossible = FileManager.default.fileExists(atPath: "/proc/self/mem")

    private static let piece = 1 << 20

    /// How many of the markers are found, each counted once.
    static func count(_ markers: [Marker]) throws -> Int { try found(markers).count }

    /// Which of the markers are found.
    static func found(_ markers: [Marker]) throws -> [Int] {
        let table = Dictionary(markers.map { ($0.low, $0) }, uniquingKeysWith: { first, _ in first })
        // The first byte of each, so that most places are passed by quickly.
        var firsts = [Bool](repeating: false, count: 1 << 16)
        for marker in markers { firsts[Int(~marker.low & 0xffff)] = true }
        // Shared, so that it is none of the ranges.
        guard let buffer = mmap(nil, piece, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0),
            Int(bitPattern: buffer) != -1
        else { throw CocoaError(.fileReadUnknown) }
        defer { munmap(buffer, piece) }
        let memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC)
        guard memory >= 0 else { throw CocoaError(.fileReadNoPermission) }
        defer { close(memory) }
        var found: Set<UInt64> = []
        for range in try writableRanges().flatMap(PageMap().used) {
            var start = range.lowerBound
            while start < range.upperBound {
                let wanted = min(piece, Int(range.upperBound - start))
                let count = pread(memory, buffer, wanted, off_t(truncatingIfNeeded: start))
                guard count >= 16 else { break }
                search(UnsafeRawBufferPointer(start: buffer, count: count), table, firsts, &found)
                // A marker may lie across two pieces.
                start += UInt(count == wanted && count == piece ? count - 15 : wanted)
            }
        }
        return markers.indices.filter { found.contains(markers[$0].low) }
    }

    private static func search(
        _ bytes: UnsafeRawBufferPointer, _ table: [UInt64: Marker], _ firsts: [Bool], _ found: inout Set<UInt64>
    ) {
        firsts.withUnsafeBufferPointer { firsts in
            for offset in 0...(bytes.count - 16) {
                let word = bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                guard firsts[Int(truncatingIfNeeded: word & 0xffff)], let marker = table[~word] else { continue }
                if ~bytes.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self) == marker.high {
                    found.insert(marker.low)
                }
            }
        }
    }

    /// Which pages have a frame or a place in the swap: the engine keeps gigabytes of addresses that have neither, and reading
    /// those would take most of a minute.
    private final class PageMap {
        private static let size = UInt(sysconf(Int32(_SC_PAGESIZE)))
        private let file = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC)

        deinit { close(file) }

        /// The parts of a range that are used; all of it where the system does not tell.
        func used(_ range: Range<UInt>) -> [Range<UInt>] {
            var parts: [Range<UInt>] = []
            var entries = [UInt64](repeating: 0, count: 1 << 16)
            var page = range.lowerBound / Self.size
            let end = range.upperBound / Self.size
            while page < end {
                let wanted = min(entries.count, Int(end - page))
                let count = entries.withUnsafeMutableBytes { pread(file, $0.baseAddress, wanted * 8, off_t(page * 8)) }
                guard count == wanted * 8 else { return [range] }
                for (offset, entry) in entries[..<wanted].enumerated() where entry >> 62 != 0 {
                    let start = (page + UInt(offset)) * Self.size
                    if let last = parts.last, last.upperBound == start {
                        parts[parts.count - 1] = last.lowerBound..<start + Self.size
                    } else {
                        parts.append(start..<start + Self.size)
                    }
                }
                page += UInt(wanted)
            }
            return parts
        }
    }

    private static func writableRanges() throws -> [Range<UInt>] {
        try maps().split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            guard fields.count > 1, fields[1].hasPrefix("rw-p") else { return nil }
            let ends = fields[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
            return ends.count == 2 ? ends[0]..<ends[1] : nil
        }
    }

    /// The list of all ranges: the system gives it in pieces, and Foundation takes the first for all of it where it is long.
    private static func maps() throws -> String {
        let file = open("/proc/self/maps", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw CocoaError(.fileReadNoPermission) }
        defer { close(file) }
        var text: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = piece.withUnsafeMutableBytes { read(file, $0.baseAddress, $0.count) }
            guard count > 0 else { break }
            text += piece[..<count]
        }
        return String(decoding: text, as: UTF8.self)
    }
}
