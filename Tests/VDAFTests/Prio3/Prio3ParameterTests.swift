import PopulusVDAF
import Testing

/// Whatever a task file asks for is made or refused, and never too large to make.
@Suite struct Prio3ParameterTests {
    @Test func refusedParameters() {
        let huge = [Int.min, -1, 0, 1 << 20 + 1, 1 << 32, Int.max]
        for value in huge {
            refused { try Prio3<SumVec<Field128>>(length: value, maxMeasurement: 1, chunkLength: 1) }
            refused { try Prio3<SumVec<Field128>>(length: 1, maxMeasurement: 1, chunkLength: value) }
            refused { try Prio3<Histogram>(length: value, chunkLength: 1) }
            refused { try Prio3<Histogram>(length: 1, chunkLength: value) }
            refused { try Prio3<MultihotCountVec>(length: value, maxWeight: 1, chunkLength: 1) }
            refused { try Prio3<MultihotCountVec>(length: 1, maxWeight: 1, chunkLength: value) }
            refused { try Prio3<SumVec<Field64>>(proofs: 1, length: value, maxMeasurement: 1, chunkLength: 1) }
        }
        for maximum in [0, UInt64(Int64.max) + 1, .max] {
            refused { try Prio3<Sum>(maxMeasurement: maximum) }
            refused {
                try Prio3<SumVec<Field64>>(proofs: 1, length: 1, maxMeasurement: maximum, chunkLength: 1)
            }
        }
        refused { try Prio3<SumVec<Field128>>(length: 1, maxMeasurement: 0, chunkLength: 1) }
        refused { try Prio3<SumVec<Field128>>(length: 1 << 20, maxMeasurement: 2, chunkLength: 1) }
        refused { try Prio3<SumVec<Field128>>(length: 1 << 15, maxMeasurement: .max, chunkLength: 1) }
        refused { try Prio3<MultihotCountVec>(length: 1 << 20, maxWeight: 1, chunkLength: 1) }
        for weight in [0, 6, UInt64.max] {
            refused { try Prio3<MultihotCountVec>(length: 5, maxWeight: weight, chunkLength: 1) }
        }
        for proofs in [Int.min, 0, 256, Int.max] {
            refused { try Prio3<SumVec<Field64>>(proofs: proofs, length: 1, maxMeasurement: 1, chunkLength: 1) }
        }
        refused {
            try Prio3<SumVec<Field64>>(proofs: 255, length: 1 << 15, maxMeasurement: 1, chunkLength: 1)
        }
        // Each part is in range, but the proof would be longer than any measurement deserves.
        refused { try Prio3<Histogram>(length: 1 << 20, chunkLength: 1) }
        refused { try Prio3<SumVec<Field128>>(length: 1 << 19, maxMeasurement: 1, chunkLength: 1) }
        for shares in [Int.min, 0, 1, 256, Int.max] { refused { try Prio3<Count>(shares: shares) } }
        refused { try Prio3<Count>(shares: 3).encoded() }
    }

    private func refused<T>(_ make: () throws -> T) {
        #expect {
            try make()
        } throws: { error in
            guard case .parameterOutOfRange(_, let allowed)? = error as? VDAFError else { return false }
            return !allowed.isEmpty
        }
    }

    @Test func largestParameters() throws {
        let histogram = try Prio3<Histogram>(length: 1 << 20, chunkLength: 1 << 10)
        #expect(histogram.flp.proofLength == 2 << 10 + 2 * (2048 - 1) + 1)
        #expect(try Prio3<Sum>(maxMeasurement: UInt64(Int64.max)).flp.measurementLength == 63)
        #expect(
            try Prio3<SumVec<Field128>>(length: 1 << 14, maxMeasurement: .max, chunkLength: 1 << 10).flp.outputLength
                == 1 << 14)
        #expect(try Prio3<Count>(shares: 255).randSize == 255 * 32)
    }

    @Test func measurementsOutOfRange() throws {
        try refused(Prio3Instances.count(), [.integer(2), .integer(.max), .vector([1]), .vector([]), .bits(Prefix())])
        try refused(Prio3Instances.sum(), [.integer(101), .integer(.max), .vector([1]), .bits(Prefix())])
        try refused(
            Prio3Instances.sumVec(),
            [
                .integer(1), .vector([]), .vector([1, 2, 3, 4]), .vector([1, 2, 3, 4, 5, 6]),
                .vector([0, 0, 0, 0, 10]),
            ])
        try refused(Prio3Instances.histogram(), [.integer(7), .integer(.max), .vector([0, 0, 0, 0, 0, 0, 1])])
        try refused(
            Prio3Instances.multihot(),
            [
                .integer(1), .vector([1, 1, 1, 1, 0, 0]), .vector([2, 0, 0, 0, 0, 0]), .vector([1]),
                .vector([.max, .max, .max, 0, 0, 0]),
            ])
    }

    private func refused<C>(_ vdaf: Prio3<C>, _ measurements: [VdafMeasurement]) throws {
        let encoded = try vdaf.encoded()
        for measurement in measurements {
            for attempt in [
                { _ = try vdaf.measurement(measurement) }, { try encoded.check(measurement) },
                {
                    _ = try encoded.shard(
                        ctx: [], measurement: measurement, nonce: Array(repeating: 0, count: vdaf.nonceSize),
                        rand: Array(repeating: 0, count: vdaf.randSize))
                },
            ] {
                #expect {
                    try attempt()
                } throws: { error in
                    guard case .measurementOutOfRange(let allowed)? = error as? VDAFError else { return false }
                    return !allowed.isEmpty
                }
            }
        }
    }

    @Test func wrongSizes() throws {
        let vdaf = try Prio3Instances.sum()
        let (nonce, rand) = ([UInt8](repeating: 0, count: 16), [UInt8](repeating: 0, count: 64))
        _ = try vdaf.shard(ctx: [], measurement: 1, nonce: nonce, rand: rand)
        #expect(throws: VDAFError.wrongSize) {
            try vdaf.shard(ctx: [], measurement: 1, nonce: nonce + [0], rand: rand)
        }
        #expect(throws: VDAFError.wrongSize) {
            try vdaf.shard(ctx: [], measurement: 1, nonce: nonce, rand: rand + [0])
        }
        #expect(throws: VDAFError.wrongElementCount) {
            try vdaf.shard(ctx: [], encodedMeasurement: [.one], nonce: nonce, rand: rand)
        }
        #expect(throws: VDAFError.contextTooLong) {
            try vdaf.shard(ctx: Array(repeating: 0, count: 1 << 16), measurement: 1, nonce: nonce, rand: rand)
        }
    }
}
