import Interop
import PopulusDAP
import PopulusSchemes
import Testing

/// VDAFs and measurements as the test API writes them.
@Suite struct VdafObjectTests {
    private func object(_ json: String) throws -> VdafObject {
        try CommandReader.read(VdafObject.self, from: Array(json.utf8))
    }

    @Test(arguments: [
        (#"{"type": "Prio3Count"}"#, VdafConfiguration.prio3Count),
        (#"{"type": "Prio3Sum", "max_measurement": "100"}"#, .prio3Sum(maxMeasurement: 100)),
        (#"{"type": "Prio3Sum", "max": "100"}"#, .prio3Sum(maxMeasurement: 100)),
        (#"{"type": "Prio3Sum", "bits": "8"}"#, .prio3Sum(maxMeasurement: 255)),
        (#"{"type": "Prio3Sum", "bits": "63"}"#, .prio3Sum(maxMeasurement: UInt64.max >> 1)),
        // What VDAF-20 has goes before what the old draft has.
        (#"{"type": "Prio3Sum", "bits": "8", "max_measurement": "200"}"#, .prio3Sum(maxMeasurement: 200)),
        (
            #"{"type": "Prio3SumVec", "bits": "1", "length": "5", "chunk_length": "2"}"#,
            .prio3SumVec(length: 5, maxMeasurement: 1, chunkLength: 2)
        ),
        (
            #"{"type": "Prio3Histogram", "length": "5", "chunk_length": "2"}"#,
            .prio3Histogram(length: 5, chunkLength: 2)
        ),
        (
            #"{"type": "Prio3MultihotCountVec", "length": "5", "chunk_length": "2", "max_weight": "3"}"#,
            .prio3MultihotCountVec(length: 5, chunkLength: 2, maxWeight: 3)
        ),
        (#"{"type": "Poplar1", "bits": "256", "later": 1}"#, .poplar1(bits: 256)),
    ])
    func configurations(json: String, expected: VdafConfiguration) throws {
        #expect(try object(json).configuration() == expected)
    }

    @Test(arguments: [
        #"{"type": "Prio4"}"#, #"{"type": "Prio3Sum"}"#, #"{"type": "Prio3Sum", "bits": "0"}"#,
        #"{"type": "Prio3Sum", "bits": "64"}"#, #"{"type": "Prio3Sum", "max": "0"}"#,
        #"{"type": "Prio3Histogram", "length": "0", "chunk_length": "1"}"#,
        #"{"type": "Prio3Histogram", "length": "4"}"#, #"{"type": "Poplar1"}"#, #"{"type": "Poplar1", "bits": "0"}"#,
        #"{"type": "Prio3MultihotCountVec", "length": "5", "chunk_length": "2"}"#,
    ])
    func unusableParametersAreRefused(json: String) throws {
        let object = try object(json)
        #expect {
            try object.configuration()
        } throws: {
            if case .refused? = $0 as? InteropError { true } else { false }
        }
    }

    @Test(arguments: [
        #"{"type": "Prio3Sum", "bits": 8}"#, #"{"type": "Prio3Sum", "bits": "-1"}"#,
        #"{"type": "Prio3Sum", "bits": "+8"}"#, #"{"type": "Prio3Sum", "bits": "0x8"}"#,
        #"{"type": "Prio3Sum", "bits": " 8"}"#, #"{"type": "Prio3Sum", "bits": ""}"#,
        #"{"type": "Prio3Sum", "max": "18446744073709551616"}"#, #"{"bits": "8"}"#, #"{"type": 1}"#, "[]", "",
    ])
    func integersAreDecimalStrings(json: String) {
        #expect {
            try object(json)
        } throws: {
            if case .malformed? = $0 as? InteropError { true } else { false }
        }
    }

    @Test func measurements() throws {
        func measurement(_ json: String, _ vdaf: VdafConfiguration) throws -> [UInt64] {
            let read = try CommandReader.read([MeasurementObject].self, from: Array("[\(json)]".utf8))
            switch try read[0].measurement(for: vdaf) {
            case .integer(let number): return [number]
            case .vector(let numbers): return numbers
            case .bits(let prefix):
                return (0..<prefix.bitCount).map { UInt64(prefix.bytes[$0 / 8] >> (7 - $0 % 8) & 1) }
            }
        }
        let sumVec = VdafConfiguration.prio3SumVec(length: 2, maxMeasurement: 9, chunkLength: 1)
        let multihot = VdafConfiguration.prio3MultihotCountVec(length: 2, chunkLength: 1, maxWeight: 1)
        #expect(try measurement("\"1\"", .prio3Count) == [1])
        #expect(try measurement("[\"7\", \"0\"]", sumVec) == [7, 0])
        #expect(try measurement("[]", sumVec) == [])
        #expect(try measurement("[true, false]", multihot) == [1, 0])
        #expect(try measurement("[\"1\", \"0\"]", multihot) == [1, 0])
        #expect(
            try measurement("[true,false,false,true,true,true,true,true,true]", .poplar1(bits: 9))
                == [1, 0, 0, 1, 1, 1, 1, 1, 1])
        for (json, vdaf) in [
            ("[true]", VdafConfiguration.prio3Count), ("\"1\"", sumVec), ("\"1\"", multihot),
            ("[\"1\"]", .poplar1(bits: 1)), ("[true]", .poplar1(bits: 2)), ("[true]", sumVec), ("1", .prio3Count),
        ] {
            #expect(throws: InteropError.self) { try measurement(json, vdaf) }
        }
    }
}
