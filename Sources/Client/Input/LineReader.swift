import Crypto
import Foundation

/// Reads an input line by line; the last line may lack its end.
///
/// Memory is bounded whatever the input is: of an overlong line only the beginning is kept.
package struct LineReader: ~Copyable {
    /// The most bytes of a line that are kept unless more are wanted: more than any task has bits.
    package static let longestLine = 1 << 16

    /// What there is to be had.
    package enum Next: Hashable, Sendable {
        case line(InputLine)
        /// Nothing more until the deadline.
        case pause
        case end
    }

    private let file: FileHandle
    private let form: InputForm
    private let longestLine: Int
    /// The file's size up to which it is read; nil where it is read to its end.
    private let fileEnd: Int?
    private let isStopped: @Sendable () -> Bool
    private var buffer: [UInt8] = []
    private var position = 0
    private var atEnd = false
    private var line: [UInt8] = []
    private var length = 0
    private var last: UInt8?
    private var number = 0
    private var hash = SHA256()
    /// What `hash` and its bytes were before the line that is not whole yet.
    private var before: (hash: SHA256, bytes: Int)?
    private var bytesTaken = 0

    /// Reads from a file handle, which stays the caller's to close.
    ///
    /// - Parameters:
    ///   - longestLine: the most bytes of a line that are kept.
    ///   - limit: how many bytes of a regular file are read; the rest was added later.
    ///   - isStopped: whether an end is made of it where more would have to be waited for.
    package init(
        _ file: FileHandle, form: InputForm = InputForm(), longestLine: Int = Self.longestLine, limit: Int? = nil,
        isStopped: @escaping @Sendable () -> Bool = { false }
    ) {
        self.file = file
        self.form = form
        self.longestLine = longestLine
        self.isStopped = isStopped
        fileEnd = limit.map { Int(lseek(file.fileDescriptor, 0, SEEK_CUR)) + $0 }
    }

    /// The bytes up to the end of the last line returned.
    package var bytesRead: Int { before?.bytes ?? bytesTaken }

    /// The number of the last line returned.
    package var linesRead: Int { number }

    /// SHA-256 of all bytes up to the end of the last line returned, as lower-case hex.
    package var digest: String { (before?.hash ?? hash).finalize().hexDigits }

    /// The next line, or nil at the end.
    package mutating func next() throws(InputError) -> InputLine? {
        if case .line(let line) = try next(until: nil) { line } else { nil }
    }

    /// The next line, if it is there before a deadline.
    package mutating func next(until deadline: ContinuousClock.Instant?) throws(InputError) -> Next {
        while true {
            if position == buffer.count {
                switch try refill(until: deadline) {
                case .some(true): break
                case .none: return .pause
                case .some(false):
                    guard length > 0, !isHalf else { return .end }
                    return .line(finish())
                }
            }
            let end = buffer[position...].firstIndex(of: form.separator.byte)
            if end == nil, length == 0 { before = (hash, bytesTaken) }
            append(buffer[position..<(end ?? buffer.endIndex)])
            let next = end.map { $0 + 1 } ?? buffer.endIndex
            hash.update(data: buffer[position..<next])
            bytesTaken += next - position
            position = next
            guard end != nil else { continue }
            return .line(finish())
        }
    }

    /// What the input is, as far as its first bytes tell; nil if it may be text.
    ///
    /// For what is read once only; waits for as many bytes as it takes.
    package mutating func look() throws(InputError) -> NoText? {
        guard !form.isBinary else { return nil }
        while buffer.count < NoText.longestSignature, !buffer.contains(form.separator.byte) {
            guard try refill(until: nil) == true else { break }
        }
        return NoText(beginning: buffer, nulIsText: form.separator == .nul)
    }

    private mutating func append(_ part: ArraySlice<UInt8>) {
        line += part.prefix(max(0, longestLine - line.count))
        length += part.count
        last = part.last ?? last
    }

    /// The line that has come to its end.
    private mutating func finish() -> InputLine {
        if form.separator == .newline, last == 0x0d {
            if length <= longestLine { line.removeLast() }
            length -= 1
        }
        if !form.isBinary, line.starts(with: InputForm.mark) {
            line.removeFirst(InputForm.mark.count)
            length -= InputForm.mark.count
        }
        number += 1
        let finished = InputLine(number: number, bytes: line, length: length, fault: form.fault(of: line))
        line.removeAll(keepingCapacity: true)
        length = 0
        last = nil
        before = nil
        return finished
    }

    /// Whether the last line has no end because somebody is still writing it.
    private var isHalf: Bool {
        if isStopped() { return true }
        guard let fileEnd else { return false }
        var now = stat()
        return fstat(file.fileDescriptor, &now) == 0 && Int(now.st_size) > fileEnd
    }

    /// Reads on: whether there is more, or nil at the deadline.
    private mutating func refill(until deadline: ContinuousClock.Instant?) throws(InputError) -> Bool? {
        while !atEnd {
            guard try isReadable(until: deadline) else { return nil }
            guard !isStopped() else { break }
            let wanted = min(1 << 16, fileEnd.map { max(0, $0 - Int(lseek(file.fileDescriptor, 0, SEEK_CUR))) } ?? .max)
            var count = 0
            let piece = [UInt8](unsafeUninitializedCapacity: wanted) { room, used in
                count = read(file.fileDescriptor, room.baseAddress, wanted)
                used = max(0, count)
            }
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            guard count >= 0 else { throw .unreadable(String(cString: strerror(errno))) }
            guard count > 0 else { break }
            buffer.removeFirst(position)
            position = 0
            buffer += piece
            return true
        }
        atEnd = true
        return false
    }

    /// Waits until there is something to read, or an end; false at the deadline.
    private func isReadable(until deadline: ContinuousClock.Instant?) throws(InputError) -> Bool {
        while !isStopped() {
            let left = deadline.map { ContinuousClock.now.duration(to: $0) / .milliseconds(1) } ?? 100
            var wanted = pollfd(fd: file.fileDescriptor, events: Int16(POLLIN), revents: 0)
            // In slices, to see that it is stopped.
            let found = poll(&wanted, 1, Int32(min(max(left.rounded(.up), 0), 100)))
            if found > 0 { return true }
            guard found == 0 || errno == EINTR else { throw .unreadable(String(cString: strerror(errno))) }
            if left <= 0 { return false }
        }
        return true
    }
}
