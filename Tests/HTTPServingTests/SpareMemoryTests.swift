import HTTPServing
import Testing

@Suite struct SpareMemoryTests {
    private static func body(_ count: Int) -> [UInt8] { [UInt8](repeating: 7, count: count) }

    @Test func givesWhatFits() {
        let memory = SpareMemory()
        #expect(memory.take(SpareMemory.least) == nil)
        // Small ones are left to the allocator.
        memory.give(Self.body(SpareMemory.least / 2))
        #expect(memory.room == 0)
        memory.give(Self.body(SpareMemory.least))
        let room = memory.room
        #expect(room >= SpareMemory.least)
        // Neither a larger body nor a much smaller one.
        #expect(memory.take(room + 1) == nil && memory.take(room / 4) == nil)
        let taken = memory.take(SpareMemory.least)
        #expect(taken?.isEmpty == true && taken?.capacity == room)
        #expect(memory.take(SpareMemory.least) == nil && memory.room == 0)
    }

    @Test func keepsFew() {
        let memory = SpareMemory()
        for _ in 0..<5 { memory.give(Self.body(SpareMemory.least)) }
        #expect(memory.take(SpareMemory.least) != nil && memory.take(SpareMemory.least) != nil)
        #expect(memory.take(SpareMemory.least) == nil)
    }

    /// Whoever has the body still keeps its bytes.
    @Test func takesNothingFromAnyone() {
        let memory = SpareMemory()
        let body = Self.body(SpareMemory.least)
        memory.give(body)
        var next = memory.take(SpareMemory.least) ?? []
        next.append(1)
        #expect(body == Self.body(SpareMemory.least))
    }

    @Test func isFreedAfterAWhile() async throws {
        let memory = SpareMemory(patience: .zero)
        memory.give(Self.body(SpareMemory.least))
        for _ in 0..<1000 where memory.room > 0 { try await Task.sleep(for: .milliseconds(5)) }
        #expect(memory.room == 0)
    }
}
