/// What an input is that is no text, as its first bytes tell or a NUL byte.
///
/// Bytes that are no UTF-8 alone do not count: URLs are in Latin-1 too.
package enum NoText: Hashable, Sendable {
    case utf16(Order?)
    case utf32
    case packed(Packing)
    /// Something else of a known kind.
    case other(String)
    /// A NUL byte, at an index counted from 0.
    case nul(at: Int)
    /// Lines that end at CR alone.
    case carriageReturns

    /// The order of the bytes of a UTF-16 text without a mark.
    package enum Order: String, Hashable, Sendable { case little = "UTF-16LE", big = "UTF-16BE" }

    /// How a file is packed.
    package enum Packing: String, Hashable, Sendable, CaseIterable {
        case gzip, zip, zstd, xz, bzip2, lz4, compress
        case sevenZip = "7z"
    }

    /// What a beginning tells; nil where it may be text.
    ///
    /// - Parameter nulIsText: whether NUL bytes end lines.
    package init?(beginning bytes: some Collection<UInt8>, nulIsText: Bool = false) {
        if let known = Self.signatures.first(where: { bytes.starts(with: $0.bytes) }) {
            self = known.kind
            return
        }
        guard !nulIsText, let nul = bytes.firstIndex(of: 0) else { return nil }
        let order = Self.unmarked(bytes.prefix(4096))
        self = order.map { .utf16($0) } ?? .nul(at: bytes.distance(from: bytes.startIndex, to: nul))
    }

    /// The first bytes of what people take for text, longer ones before their beginnings.
    private static let signatures: [(bytes: [UInt8], kind: NoText)] =
        [
            ([0xff, 0xfe, 0, 0], .utf32), ([0, 0, 0xfe, 0xff], .utf32),
            ([0xff, 0xfe], .utf16(nil)), ([0xfe, 0xff], .utf16(nil)),
            ([0x1f, 0x8b], .packed(.gzip)), ([0x1f, 0x9d], .packed(.compress)),
            (Array("PK\u{3}\u{4}".utf8), .packed(.zip)), (Array("PK\u{5}\u{6}".utf8), .packed(.zip)),
            (Array("PK\u{7}\u{8}".utf8), .packed(.zip)),
            ([0x28, 0xb5, 0x2f, 0xfd], .packed(.zstd)), ([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0], .packed(.xz)),
            ([0x04, 0x22, 0x4d, 0x18], .packed(.lz4)),
            ([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], .packed(.sevenZip)),
            (Array("%PDF-1.".utf8), .other("a PDF document")),
            ([0x89] + Array("PNG\r\n".utf8), .other("a PNG picture")),
            ([0xff, 0xd8, 0xff], .other("a JPEG picture")), ([0x7f] + Array("ELF".utf8), .other("a program")),
            (Array("SQLite format 3\0".utf8), .other("an SQLite database")),
        ] + bzip2

    /// "BZh" alone may be a word: the size and the first block's mark, or the empty file's, follow.
    private static let bzip2: [(bytes: [UInt8], kind: NoText)] = (1...9).flatMap { size in
        [[0x31, 0x41, 0x59, 0x26, 0x53, 0x59], [0x17, 0x72, 0x45, 0x38, 0x50, 0x90]].map { block in
            (Array("BZh\(size)".utf8) + block, .packed(.bzip2))
        }
    }

    /// The most bytes that a beginning needs.
    package static let longestSignature = signatures.map(\.bytes.count).max() ?? 0

    /// UTF-16 without a mark: of text in Latin letters every other byte is zero.
    private static func unmarked(_ bytes: some Collection<UInt8>) -> Order? {
        var zeros = [0, 0]
        for (index, byte) in bytes.enumerated() where byte == 0 { zeros[index % 2] += 1 }
        let half = max(1, bytes.count / 2)
        guard bytes.count >= 4, zeros.max().map({ 4 * $0 >= 3 * half }) == true else { return nil }
        if zeros[0] * 10 <= zeros[1] { return .little }
        return zeros[1] * 10 <= zeros[0] ? .big : nil
    }
}

extension NoText: CustomStringConvertible {
    /// What it is, for people, after "it is".
    package var description: String {
        switch self {
        case .utf16: "text in UTF-16, and Populus reads UTF-8"
        case .utf32: "text in UTF-32, and Populus reads UTF-8"
        case .packed(.zip): "packed (zip, as spreadsheets are too) and no text"
        case .packed(let packing): "packed (\(packing.rawValue)) and no text"
        case .other(let what): "\(what) and no text"
        case .nul(let index): "no text: byte \(index + 1) is NUL"
        case .carriageReturns: "text with lines that end at a carriage return (CR) alone; here they end at LF or CRLF"
        }
    }

    /// A command that writes the text of what it reads from standard input or from files; nil where there is none.
    package var filter: String? {
        switch self {
        case .utf16(let order): "iconv -f \(order?.rawValue ?? "UTF-16") -t UTF-8"
        case .utf32: "iconv -f UTF-32 -t UTF-8"
        case .packed(let packing):
            switch packing {
            case .gzip, .compress: "zcat"
            case .zip: nil
            case .zstd: "zstdcat"
            case .xz: "xzcat"
            case .bzip2: "bzcat"
            case .lz4: "lz4cat"
            case .sevenZip: nil
            }
        case .other, .nul: nil
        case .carriageReturns: "tr '\\r' '\\n'"
        }
    }
}
