import PopulusVDAF
import Testing

@Suite struct Poplar1IsValidTests {
    private func isValid(
        _ parameter: Poplar1AggregationParameter, after previous: Poplar1AggregationParameter...
    ) throws -> Bool {
        try Poplar1(bits: 256).isValid(aggregationParameter: parameter, previous: previous)
    }

    @Test func levelsMustIncrease() throws {
        let first = try parameter("0", "1")
        #expect(try isValid(first))
        #expect(try isValid(parameter("00"), after: first))
        #expect(try !isValid(parameter("00", "10"), after: first, parameter("00")))
        #expect(try !isValid(first, after: first))
        #expect(try !isValid(first, after: parameter("00")))
    }

    @Test func levelsMayBeSkipped() throws {
        #expect(try isValid(parameter("010", "011", "101", "111"), after: parameter("0", "1")))
    }

    @Test func prefixesMustDescendFromTheLastOnes() throws {
        #expect(try !isValid(parameter("010", "011", "101", "111"), after: parameter("0")))
        #expect(try isValid(parameter("010", "011"), after: parameter("0")))
        // Only the last parameter counts.
        #expect(try isValid(parameter("110"), after: parameter("0"), parameter("11")))
    }

    @Test func prefixesMustBeSortedAndUnique() throws {
        #expect(try !isValid(parameter("1", "0")))
        #expect(try !isValid(parameter("100", "011")))
        #expect(try !isValid(parameter("000", "010", "010")))
    }
}
