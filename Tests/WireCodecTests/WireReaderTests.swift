import PopulusWireCodec
import Testing

@Suite struct WireReaderTests {
    @Test func readsBigEndianIntegers() throws {
        var reader = WireReader([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15])
        #expect(try reader.readU8() == 0x01)
        #expect(try reader.readU16() == 0x0203)
        #expect(try reader.readU32() == 0x0405_0607)
        #expect(try reader.readU64() == 0x0809_0A0B_0C0D_0E0F)
        #expect(reader.isAtEnd)
        #expect(throws: WireError.truncated) { try reader.readU8() }
    }

    @Test func leavesWhatItCannotReadWhole() throws {
        var reader = WireReader([1, 2, 3])
        #expect(throws: WireError.truncated) { try reader.readU32() }
        #expect(reader.remaining == 3)
        #expect(try reader.readU16() == 0x0102)
        #expect(throws: WireError.trailing) { try reader.finish() }
        #expect(reader.rest() == [3])
        #expect(reader.rest() == [])
    }

    @Test func readsVectorsWithTheirLengths() throws {
        var reader = WireReader([1, 0xAA, 0, 2, 0xBB, 0xBC, 0, 0, 0, 1, 0xCC, 0])
        #expect(try reader.readOpaque8() == [0xAA])
        #expect(try reader.readOpaque16() == [0xBB, 0xBC])
        #expect(try reader.readOpaque32() == [0xCC])
        #expect(try reader.readOpaque8() == [])
        #expect(reader.isAtEnd)
    }

    @Test func refusesLengthsBeyondTheEnd() {
        for bytes: [UInt8] in [[0xFF, 0xFF, 0xFF, 0xFF], [0, 0, 0, 1], [0x7F, 0xFF, 0xFF, 0xFF, 1]] {
            var reader = WireReader(bytes)
            #expect(throws: WireError.truncated) { try reader.readOpaque32() }
        }
        var reader = WireReader([1, 2])
        #expect(throws: WireError.truncated) { try reader.readSlice(3) }
        #expect(throws: WireError.truncated) { try reader.readSlice(-1) }
        #expect(throws: WireError.truncated) { try reader.readSlice(.max) }
    }

    @Test func readsOnlyItsSlice() throws {
        let bytes: [UInt8] = [9, 9, 1, 2, 9]
        var reader = WireReader(bytes[2..<4])
        #expect(try reader.readU16() == 0x0102)
        #expect(throws: WireError.truncated) { try reader.readU8() }
    }

    @Test func readsListsThatFillTheirVector() throws {
        var reader = WireReader([0, 4, 0, 1, 0, 2, 7])
        #expect(try reader.readList16(of: Pair.self) == [Pair(1), Pair(2)])
        #expect(try reader.readU8() == 7)
        var uneven = WireReader([0, 3, 0, 1, 0])
        #expect(throws: WireError.truncated) { try uneven.readList16(of: Pair.self) }
    }

    @Test func refusesElementsWithoutBytes() {
        var reader = WireReader([1])
        #expect(throws: WireError.badValue("empty element")) { try reader.readAll(of: Nothing.self) }
    }

    private struct Pair: WireCodable, Equatable {
        let value: UInt16

        init(_ value: UInt16) {
            self.value = value
        }

        init(from reader: inout WireReader) throws(WireError) {
            value = try reader.readU16()
        }

        func encode(into writer: inout WireWriter) {
            writer.append(u16: value)
        }
    }

    private struct Nothing: WireCodable {
        init(from reader: inout WireReader) throws(WireError) {}

        func encode(into writer: inout WireWriter) {}
    }
}
