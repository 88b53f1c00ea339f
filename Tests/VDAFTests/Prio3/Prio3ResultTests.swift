import PopulusVDAF
import Testing

/// Results are exact, whatever the measurements, sizes and number of aggregators.
@Suite struct Prio3ResultTests {
    @Test(arguments: [2, 3, 5]) func results(shares: Int) throws {
        try check(Prio3Instances.count(shares: shares), "count") { .integer(UInt64($0.number(below: 2))) }
        try check(Prio3Instances.sum(shares: shares), "sum") { .integer(UInt64($0.number(below: 101))) }
        try check(Prio3Instances.sumVec(shares: shares), "sumvec") { $0.vector(5, below: 10) }
        try check(Prio3Instances.multiproof(shares: shares), "multiproof") { $0.vector(5, below: 10) }
        try check(Prio3Instances.histogram(shares: shares), "histogram") { .integer(UInt64($0.number(below: 7))) }
        try check(Prio3Instances.multihot(shares: shares), "multihot") { .vector($0.ones(3, of: 6)) }
        try check(Prio3HigherDegree(shares: shares), "higher degree") { .integer(UInt64($0.number(below: 3))) }
    }

    /// Chunks of every length from one to more than the measurement has elements.
    @Test func chunkLengths() throws {
        for chunk in 1...12 {
            try check(
                Prio3<SumVec<Field128>>(length: 3, maxMeasurement: 5, chunkLength: chunk), "sumvec \(chunk)", reports: 2
            ) {
                $0.vector(3, below: 6)
            }
            try check(Prio3<Histogram>(length: 9, chunkLength: chunk), "histogram \(chunk)", reports: 2) {
                .integer(UInt64($0.number(below: 9)))
            }
            try check(
                Prio3<MultihotCountVec>(length: 5, maxWeight: 4, chunkLength: chunk), "multihot \(chunk)", reports: 2
            ) { .vector($0.ones(4, of: 5)) }
        }
    }

    /// Every measurement of every small maximum.
    @Test func smallSums() throws {
        for maximum in UInt64(1)...20 {
            let vdaf = try Prio3<Sum>(maxMeasurement: maximum)
            var next: UInt64 = 0
            try check(vdaf, "sum \(maximum)", reports: Int(maximum) + 1) { _ in
                defer { next += 1 }
                return .integer(next)
            }
        }
    }

    @Test func largestSums() throws {
        // Two of them would be above the modulus.
        try check(Prio3<Sum>(maxMeasurement: UInt64(Int64.max)), "largest sum", reports: 1) {
            .integer(UInt64(Int64.max) - UInt64($0.number(below: 2)))
        }
        try check(Prio3<SumVec<Field128>>(length: 2, maxMeasurement: .max, chunkLength: 9), "largest vector") {
            .vector([.max, .max - UInt64($0.number(below: 9))])
        }
    }

    /// Aggregates of reports equal the sums of their measurements.
    private func check<C>(
        _ vdaf: Prio3<C>, _ name: String, reports: Int = 4, draw: (inout TestStream) -> VdafMeasurement
    ) throws {
        var stream = try TestStream("prio3 \(name) \(vdaf.shares)")
        var aggregates = Array(repeating: vdaf.aggregateInit(.init()), count: vdaf.shares)
        var expected: [UInt128] = Array(repeating: 0, count: vdaf.flp.outputLength)
        for _ in 0..<reports {
            let measurement = draw(&stream)
            let run = Prio3Run(vdaf, &stream)
            let report = try run.shard(measurement)
            #expect(vdaf.encodePublicShare(report.publicShare).count == vdaf.publicShareSize)
            for (id, share) in report.inputShares.enumerated() {
                #expect(vdaf.encodeInputShare(share).count == vdaf.inputShareSize(aggregatorID: id))
            }
            for (id, share) in try run.verify(report).enumerated() {
                try vdaf.aggregateUpdate(&aggregates[id], outputShare: share)
            }
            switch measurement {
            case .integer(let value) where expected.count > 1: expected[Int(value)] += 1
            case .integer(let value): expected[0] += UInt128(value)
            case .vector(let values): for (i, value) in values.enumerated() { expected[i] += UInt128(value) }
            case .bits: break
            }
        }
        let result = vdaf.result(try vdaf.unshard(.init(), aggregateShares: aggregates, reportCount: reports))
        switch result {
        case .number(let number): #expect([number] == expected, "\(name)")
        case .vector(let numbers): #expect(numbers == expected, "\(name)")
        }
        // Fewer reports could not have had such sums.
        if expected.contains(where: { $0 > 0 }) {
            #expect(throws: VDAFError.verificationFailed) {
                try vdaf.unshard(.init(), aggregateShares: aggregates, reportCount: 0)
            }
        }
    }

    @Test func onlyOneAggregation() throws {
        let vdaf = try Prio3<Count>()
        #expect(vdaf.isValid(aggregationParameter: .init(), previous: []))
        #expect(!vdaf.isValid(aggregationParameter: .init(), previous: [.init()]))
    }

    @Test func identifiers() throws {
        #expect(try Prio3Instances.count().id == 1)
        #expect(try Prio3Instances.sum().id == 2)
        #expect(try Prio3Instances.sumVec().id == 3)
        #expect(try Prio3Instances.histogram().id == 4)
        #expect(try Prio3Instances.multihot().id == 5)
    }
}

extension TestStream {
    mutating func vector(_ count: Int, below bound: Int) -> VdafMeasurement {
        .vector((0..<count).map { _ in UInt64(number(below: bound)) })
    }

    /// At most so many ones among zeros.
    mutating func ones(_ ones: Int, of count: Int) -> [UInt64] {
        var values = [UInt64](repeating: 0, count: count)
        for _ in 0..<ones { values[number(below: count)] = UInt64(number(below: 2)) }
        return values
    }
}
