import PopulusWireCodec
import Testing

@Suite struct WireWriterTests {
    @Test func writesBigEndianIntegers() {
        var writer = WireWriter()
        writer.append(u8: 0x01)
        writer.append(u16: 0x0203)
        writer.append(u32: 0x0405_0607)
        writer.append(u64: 0x0809_0A0B_0C0D_0E0F)
        #expect(writer.bytes == Array(1...15))
        #expect(writer.count == 15)
    }

    @Test func writesVectorsWithTheirLengths() {
        var writer = WireWriter()
        writer.append(opaque8: [0xAA])
        writer.append(opaque16: [0xBB, 0xBC])
        writer.append(opaque32: [0xCC])
        writer.append([UInt8](arrayLiteral: 0xDD))
        #expect(writer.bytes == [1, 0xAA, 0, 2, 0xBB, 0xBC, 0, 0, 0, 1, 0xCC, 0xDD])
    }

    @Test func takesTheLongestContentOfEachVector() throws {
        let content = [UInt8](repeating: 7, count: 0xFFFF)
        var writer = WireWriter()
        writer.append(opaque16: content)
        writer.append(opaque8: Array(content[..<0xFF]))
        var reader = WireReader(writer.bytes)
        #expect(try reader.readOpaque16() == content)
        #expect(try reader.readOpaque8().count == 0xFF)
        #expect(reader.isAtEnd)
    }

    @Test func measuresWithoutWriting() {
        var writer = WireWriter.measuring()
        writer.append(u64: 1)
        writer.append(opaque32: [1, 2, 3])
        #expect(writer.count == 15)
        #expect(writer.bytes.isEmpty)
    }
}
