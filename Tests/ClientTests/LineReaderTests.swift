import Client
import Foundation
import Testing

@Suite struct LineReaderTests {
    /// Runs a body with a file of these bytes, open for reading.
    private func withFile<Result>(_ text: [UInt8], _ body: (FileHandle, String) throws -> Result) throws -> Result {
        let path = FileManager.default.temporaryDirectory.path + "/lines-\(UUID().uuidString)"
        try Data(text).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        let handle = try #require(FileHandle(forReadingAtPath: path))
        defer { try? handle.close() }
        return try body(handle, path)
    }

    private func lines(_ text: [UInt8], _ form: InputForm = InputForm()) throws -> [InputLine] {
        try withFile(text) { handle, _ in
            var reader = LineReader(handle, form: form)
            var lines: [InputLine] = []
            while let line = try reader.next() { lines.append(line) }
            #expect(reader.bytesRead == text.count && reader.linesRead == lines.count)
            #expect(try reader.digest == InputSurvey(rewound(handle), form: InputForm(isBinary: true)).digest)
            return lines
        }
    }

    private func rewound(_ handle: FileHandle) throws -> FileHandle {
        try handle.seek(toOffset: 0)
        return handle
    }

    private func strings(_ text: String, _ form: InputForm = InputForm()) throws -> [String] {
        try lines(Array(text.utf8), form).map { String(decoding: $0.bytes, as: UTF8.self) }
    }

    @Test func linesEndAtLFOrCRLFAndTheLastMayLackItsEnd() throws {
        #expect(try strings("a\nb\r\nc") == ["a", "b", "c"])
        #expect(try strings("a\n\n\r\nb\n") == ["a", "", "", "b"])
        #expect(try strings("") == [])
        #expect(try strings("\n") == [""])
        #expect(try strings("a\nb\r") == ["a", "b"])
        #expect(try strings("a\n\r") == ["a", ""])
    }

    @Test func aReturnInsideIsAFaultUnlessBytesAreTakenAsTheyAre() throws {
        let text = Array("a\rb\nc\r\r\nd\r\n".utf8)
        #expect(try lines(text).map(\.fault) == [.carriageReturn, .carriageReturn, nil])
        #expect(try lines(text, InputForm(isBinary: true)).map(\.fault) == [nil, nil, nil])
        #expect(try lines(text, InputForm(separator: .nul)).map(\.fault) == [nil])
    }

    @Test func marksBeforeLinesAreTakenOff() throws {
        let mark = "\u{FEFF}"
        #expect(try strings("\(mark)a\nb") == ["a", "b"])
        #expect(try strings("\(mark)a\n\(mark)b\n\(mark)\n") == ["a", "b", ""])
        #expect(try strings("a\(mark)\n\(mark)\(mark)b") == ["a\(mark)", "\(mark)b"])
        #expect(try strings("\(mark)a\0\n\0", InputForm(separator: .nul)) == ["a", "\n"])
        #expect(try strings("\(mark)a", InputForm(isBinary: true)) == ["\(mark)a"])
        #expect(try lines(Array("\(mark)ab\r\n".utf8)).map(\.length) == [2])
    }

    @Test func nulBytesEndValuesWithLinesInside() throws {
        #expect(try strings("a\nb\0\0c\r\n\0d", InputForm(separator: .nul)) == ["a\nb", "", "c\r\n", "d"])
    }

    /// What is added to a file while it is read is not read; a last line that somebody is still writing is none.
    @Test func aFileIsReadToItsEndOfThen() throws {
        try withFile(Array("one\ntwo\nthr".utf8)) { handle, path in
            var reader = LineReader(handle, limit: 11)
            #expect(try reader.next()?.number == 1)
            let more = try #require(FileHandle(forWritingAtPath: path))
            try more.seekToEnd()
            try more.write(contentsOf: Data("ee\nfour\n".utf8))
            try more.close()
            #expect(try reader.next()?.number == 2)
            #expect(try reader.next() == nil)
            #expect(reader.bytesRead == 8 && reader.linesRead == 2)
            let two = try InputSurvey(rewound(handle), form: InputForm())
            #expect(two.bytes == 19)
        }
        try withFile(Array("one\ntwo".utf8)) { handle, _ in
            var reader = LineReader(handle, limit: 7)
            _ = try reader.next()
            #expect(try reader.next()?.bytes == Array("two".utf8))
        }
    }

    /// A pipe's line that has not ended is kept for later, and counts for nothing until then.
    @Test func aDeadlinePausesBetweenLines() throws {
        let pipe = Pipe()
        try pipe.fileHandleForWriting.write(contentsOf: Data("a\nb".utf8))
        var reader = LineReader(pipe.fileHandleForReading)
        let first = try reader.next(until: .now + .milliseconds(10))
        #expect(first == .line(InputLine(number: 1, bytes: [0x61], length: 1)))
        let digest = reader.digest
        #expect(try reader.next(until: .now + .milliseconds(10)) == .pause)
        #expect(reader.digest == digest && reader.bytesRead == 2)
        try pipe.fileHandleForWriting.write(contentsOf: Data("c\n".utf8))
        let second = try reader.next(until: .now + .milliseconds(10))
        #expect(second == .line(InputLine(number: 2, bytes: Array("bc".utf8), length: 2)))
        try pipe.fileHandleForWriting.close()
        #expect(try reader.next(until: nil) == .end)
    }

    @Test func linesAcrossBuffersAreWhole() throws {
        let long = String(repeating: "x", count: 65_535)
        #expect(try strings(long + "\r\n" + long + "\ny") == [long, long, "y"])
    }

    @Test func anOverlongLineKeepsItsBeginningAndItsLength() throws {
        let text = [UInt8](repeating: 0x61, count: 300_000) + [0x0d, 0x0a] + Array("b\n".utf8)
        let lines = try lines(text)
        #expect(lines.map(\.length) == [300_000, 1])
        #expect(lines[0].bytes.count == LineReader.longestLine && lines[1].number == 2)
    }
}
