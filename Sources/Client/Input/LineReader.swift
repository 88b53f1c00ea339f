import Crypto
import Foundation

/// One line of an input.
package struct InputLine: Hashable, Sendable {
    /// The line's number, counted from 1.
    package var number: Int
    /// The bytes without the line's end; at most as many as the reader keeps.
    package var bytes: [UInt8]
    /// How many bytes the line has.
    package var length: Int
}

/// Reads an input line by line; a line ends at LF or CRLF, and the last one may lack its end.
///
/// Memory is bounded whatever the input is: of an overlong line only the beginning is kept.
package struct LineReader: ~Copyable {
    /// The most bytes of a line that are kept unless more are wanted: more than any task has bits.
    package static let longestLine = 1 << 16

    private let file: FileHandle
    private let longestLine: Int
    private var buffer: [UInt8] = []
    private var position = 0
    private var atEnd = false
    private var number = 0
    /// The bytes up to the end of the last line returned.
    package private(set) var bytesRead = 0
    private var hash = SHA256()

    /// Reads from a file handle, which stays the caller's to close.
    ///
    /// - Parameter longestLine: the most bytes of a line that are kept.
    package init(_ file: FileHandle, longestLine: Int = Self.longestLine) {
        self.file = file
        self.longestLine = longestLine
    }

    /// SHA-256 of all bytes up to the end of the last line returned, as lower-case hex.
    package var digest: String {
        hash.finalize().map { byte in
            let digits = String(byte, radix: 16)
            return digits.count < 2 ? "0" + digits : digits
        }.joined()
    }

    /// The next line, or nil at the end.
    package mutating func next() throws -> InputLine? {
        var line: [UInt8] = []
        var length = 0
        var last: UInt8?
        while true {
            if position == buffer.count, try !refill() {
                guard length > 0 else { return nil }
                number += 1
                return InputLine(number: number, bytes: line, length: length)
            }
            let rest = buffer[position...]
            let end = rest.firstIndex(of: 0x0a)
            let part = rest[..<(end ?? rest.endIndex)]
            line += part.prefix(max(0, longestLine - line.count))
            length += part.count
            last = part.last ?? last
            let next = end.map { $0 + 1 } ?? rest.endIndex
            hash.update(data: buffer[position..<next])
            bytesRead += next - position
            position = next
            guard end != nil else { continue }
            if last == 0x0d {
                if length <= longestLine { line.removeLast() }
                length -= 1
            }
            number += 1
            return InputLine(number: number, bytes: line, length: length)
        }
    }

    private mutating func refill() throws -> Bool {
        guard !atEnd else { return false }
        buffer = [UInt8](try file.read(upToCount: 1 << 16) ?? Data())
        position = 0
        atEnd = buffer.isEmpty
        return !atEnd
    }
}
