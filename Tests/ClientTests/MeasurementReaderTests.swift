import Client
import PopulusDAP
import PopulusSchemes
import PopulusStringCodec
import PopulusVDAF
import Testing

@Suite struct MeasurementReaderTests {
    private func read(_ line: String, _ vdaf: VdafConfiguration) throws -> VdafMeasurement {
        try MeasurementReader(vdaf: vdaf, encoding: BytesEncoding()).measurement(of: Array(line.utf8))
    }

    private static let sum = VdafConfiguration.prio3Sum(maxMeasurement: 100)
    private static let vec = VdafConfiguration.prio3SumVec(length: 3, maxMeasurement: 255, chunkLength: 2)
    private static let histogram = VdafConfiguration.prio3Histogram(length: 4, chunkLength: 2)
    private static let multihot = VdafConfiguration.prio3MultihotCountVec(length: 4, chunkLength: 2, maxWeight: 2)

    @Test func aLineIsAMeasurement() throws {
        #expect(try read("0", .prio3Count) == .integer(0))
        #expect(try read(" 1\t", .prio3Count) == .integer(1))
        #expect(try read("100", Self.sum) == .integer(100))
        #expect(try read("007", Self.sum) == .integer(7))
        // The mark with which some programs begin a text.
        #expect(try read("\u{FEFF}42", Self.sum) == .integer(42))
        #expect(try read("18446744073709551615", .prio3Sum(maxMeasurement: .max)) == .integer(.max))
        #expect(try read("1,2,255", Self.vec) == .vector([1, 2, 255]))
        #expect(try read(" 1 , 2 ,255 ", Self.vec) == .vector([1, 2, 255]))
        #expect(try read("3", Self.histogram) == .integer(3))
        #expect(try read("0,1,0,1", Self.multihot) == .vector([0, 1, 0, 1]))
        #expect(
            try read("ab", .poplar1(bits: 32)) == .bits(try Prefix(bytes: [0x61, 0x62, 0x01, 0], bitCount: 32)))
    }

    @Test(arguments: [
        ("2", VdafConfiguration.prio3Count, MeasurementError.outOfRange(entry: nil, maximum: 1)),
        ("-1", .prio3Count, .outOfRange(entry: nil, maximum: 1)),
        ("yes", .prio3Count, .notANumber(entry: nil)),
        ("101", sum, .outOfRange(entry: nil, maximum: 100)),
        ("18446744073709551616", sum, .outOfRange(entry: nil, maximum: 100)),
        ("99999999999999999999999999999999999999999", sum, .outOfRange(entry: nil, maximum: 100)),
        ("1.5", sum, .notANumber(entry: nil)), ("1e1", sum, .notANumber(entry: nil)),
        ("+1", sum, .notANumber(entry: nil)), ("-", sum, .notANumber(entry: nil)),
        ("  ", sum, .notANumber(entry: nil)), ("1 2", sum, .notANumber(entry: nil)),
        ("\u{0661}", sum, .notANumber(entry: nil)),
        ("1,2", vec, .wrongLength(2, expected: 3)), ("1,2,3,", vec, .wrongLength(4, expected: 3)),
        ("1,,3", vec, .notANumber(entry: 2)), ("1,2,256", vec, .outOfRange(entry: 3, maximum: 255)),
        ("4", histogram, .noSuchBucket(buckets: 4)), ("-1", histogram, .noSuchBucket(buckets: 4)),
        ("a", histogram, .notANumber(entry: nil)),
        ("0,1,1,1", multihot, .tooManySet(3, maximum: 2)), ("0,2,0,0", multihot, .outOfRange(entry: 2, maximum: 1)),
        ("0,1", multihot, .wrongLength(2, expected: 4)),
        ("abcd", .poplar1(bits: 32), .unencodable(.tooManyBytes(4, most: 3, bits: 32))),
    ])
    func aLineThatIsNone(line: String, vdaf: VdafConfiguration, reason: MeasurementError) {
        #expect(throws: reason) { try read(line, vdaf) }
        // What the line says stays here.
        #expect(line.count < 2 || !reason.description.contains(line))
    }

    @Test func longVectorsFitIntoALine() throws {
        let reader = try MeasurementReader(
            vdaf: .prio3SumVec(length: 100_000, maxMeasurement: .max, chunkLength: 100), encoding: nil)
        let line = Array(Array(repeating: "18446744073709551615", count: 100_000).joined(separator: ", ").utf8)
        #expect(line.count <= reader.longestLine)
        guard case .vector(let numbers) = try reader.measurement(of: line) else { throw MeasurementError.noEncoding }
        #expect(numbers.count == 100_000 && numbers.allSatisfy { $0 == .max })
    }

    @Test func poplar1NeedsAnEncoding() {
        #expect(throws: MeasurementError.noEncoding) { try MeasurementReader(vdaf: .poplar1(bits: 8), encoding: nil) }
    }

    /// The VDAF takes what the reader takes.
    @Test(arguments: [
        (VdafConfiguration.prio3Count, "1"), (sum, "100"), (vec, "0,255,7"), (histogram, "3"), (multihot, "1,0,0,1"),
        (.poplar1(bits: 32), "abc"),
    ])
    func theVdafTakesIt(vdaf: VdafConfiguration, line: String) throws {
        try vdaf.makeVdaf().check(read(line, vdaf))
    }

    @Test func chunkLengthsAreNearTheSquareRootAndMakeProofsShort() {
        for (elements, chunk) in [(0, 1), (1, 1), (10, 4), (80, 12), (100, 15), (800, 26), (1000, 33)] {
            #expect(SchemeParameter.chunkLength(forElements: UInt64(elements)) == UInt32(chunk), "\(elements)")
        }
        #expect(SchemeParameter.chunkLength(forElements: .max) > 0)
    }

    @Test func aLineMayStandForAPartOfItsURL() throws {
        let reader = try MeasurementReader(
            vdaf: .poplar1(bits: 128), encoding: BytesEncoding(), value: LineValue(.host, suffixes: nil))
        #expect(
            try reader.measurement(of: Array("https://Me@A.example/b".utf8))
                == .bits(try BytesEncoding().path(of: Array("a.example".utf8), bits: 128)))
        #expect(throws: MeasurementError.noURL(.noScheme)) { try reader.measurement(of: Array("a.example".utf8)) }
        // What is counted has to fit, not the line.
        #expect(throws: MeasurementError.unencodable(.tooManyBytes(16, most: 15, bits: 128))) {
            try reader.measurement(of: Array("http://0123456.example1/".utf8))
        }
    }

    /// Where the task has a code word for them, strings that it cannot take may be one string.
    @Test func otherStringsHaveACodeWordOrNone() throws {
        let reader = try MeasurementReader(vdaf: .poplar1(bits: 32), encoding: BytesEncoding(), unencodable: .other)
        #expect(reader.other == .bits(try Prefix(bytes: [0, 0, 0, 0], bitCount: 32)))
        #expect(try MeasurementReader(vdaf: .poplar1(bits: 32), encoding: BytesEncoding()).other == nil)
        let hash = HashEncoding(taskID: [UInt8](repeating: 1, count: 32))
        for (vdaf, encoding) in [
            (VdafConfiguration.poplar1(bits: 32), HexEncoding()), (.poplar1(bits: 32), hash), (.prio3Count, nil),
        ] as [(VdafConfiguration, (any StringEncoding)?)] {
            #expect(throws: MeasurementError.noOther) {
                try MeasurementReader(vdaf: vdaf, encoding: encoding, unencodable: .other)
            }
        }
    }
}
