import Crypto
import Foundation
import PopulusDurableFiles

/// What a file has from where it is open to its end, looked through before anything of it is sent.
///
/// That costs a second or so for each gigabyte, where making the reports takes an hour. It tells whether the file is text
/// as a whole, whether this very content was uploaded before, and afterwards whether it has changed meanwhile.
package struct InputSurvey: Hashable, Sendable {
    /// How many bytes there are.
    package let bytes: Int
    /// SHA-256 of them, as lower-case hex.
    package let digest: String

    private static let pieceBytes = 1 << 20

    /// SHA-256 of so many bytes, the first ones; of fewer where there are no more.
    package static func digest(ofFirst count: Int, of file: FileHandle) throws(InputError) -> String {
        let start = try place(in: file)
        var (hash, done) = (SHA256(), 0)
        while done < count {
            let piece = try piece(of: file, at: start + done).prefix(count - done)
            guard !piece.isEmpty else { break }
            hash.update(data: piece)
            done += piece.count
        }
        return hash.finalize().hexDigits
    }

    private static func place(in file: FileHandle) throws(InputError) -> Int {
        let start = lseek(file.fileDescriptor, 0, SEEK_CUR)
        guard start >= 0 else { throw .unreadable(String(cString: strerror(errno))) }
        return Int(start)
    }

    private static func piece(of file: FileHandle, at place: Int) throws(InputError) -> [UInt8] {
        do throws(DurableFileError) {
            return try OpenFile(borrowing: file.fileDescriptor, path: "").read(pieceBytes, at: place)
        } catch {
            throw .unreadable(error.reason)
        }
    }

    /// Looks through a file; where it is read from next does not change.
    ///
    /// - Throws: `noText` for what is none, unless the form takes everything.
    package init(_ file: FileHandle, form: InputForm) throws(InputError) {
        let start = try Self.place(in: file)
        var (hash, bytes) = (SHA256(), 0)
        var ends = LineEnds()
        while true {
            let piece = try Self.piece(of: file, at: start + bytes)
            guard !piece.isEmpty else { break }
            if !form.isBinary {
                try Self.check(piece[...], at: bytes, form)
                ends.look(at: piece[...])
            }
            hash.update(data: piece)
            bytes += piece.count
        }
        if !form.isBinary, form.separator == .newline, ends.areCarriageReturns { throw .noText(.carriageReturns) }
        self.bytes = bytes
        digest = hash.finalize().hexDigits
    }

    private static func check(_ piece: ArraySlice<UInt8>, at start: Int, _ form: InputForm) throws(InputError) {
        let nulIsText = form.separator == .nul
        if start == 0, let found = NoText(beginning: piece, nulIsText: nulIsText) { throw .noText(found) }
        if !nulIsText, let nul = piece.firstIndex(of: 0) { throw .noText(.nul(at: start + nul)) }
    }

    /// Whether there is a CR with something after it, and no LF.
    private struct LineEnds {
        private var hasLineFeed = false
        private var hasInnerReturn = false
        private var lastIsReturn = false

        var areCarriageReturns: Bool { hasInnerReturn && !hasLineFeed }

        mutating func look(at piece: ArraySlice<UInt8>) {
            guard !hasLineFeed else { return }
            hasLineFeed = piece.contains(0x0a)
            if !hasLineFeed {
                if lastIsReturn || piece.dropLast().contains(0x0d) { hasInnerReturn = true }
                lastIsReturn = piece.last == 0x0d
            }
        }
    }
}
