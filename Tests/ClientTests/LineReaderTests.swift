import Client
import Foundation
import Testing

@Suite struct LineReaderTests {
    private func lines(_ text: [UInt8]) throws -> [InputLine] {
        let path = FileManager.default.temporaryDirectory.path + "/lines-\(UUID().uuidString)"
        try Data(text).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        let handle = try #require(FileHandle(forReadingAtPath: path))
        defer { try? handle.close() }
        var reader = LineReader(handle)
        var lines: [InputLine] = []
        while let line = try reader.next() { lines.append(line) }
        #expect(reader.bytesRead == text.count)
        return lines
    }

    private func strings(_ text: String) throws -> [String] {
        try lines(Array(text.utf8)).map { String(decoding: $0.bytes, as: UTF8.self) }
    }

    @Test func linesEndAtLFOrCRLFAndTheLastMayLackItsEnd() throws {
        #expect(try strings("a\nb\r\nc") == ["a", "b", "c"])
        #expect(try strings("a\n\n\r\nb\n") == ["a", "", "", "b"])
        #expect(try strings("") == [])
        #expect(try strings("\n") == [""])
        // A CR that no LF follows belongs to the line.
        #expect(try strings("a\rb\r") == ["a\rb\r"])
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
