import PopulusKernels
import PrefixWalk
import Testing

/// Walks keep buffers for themselves, within one limit, and none at work loses its part to another.
@Suite struct BufferPoolTests {
    private static let size = 64 << 10

    /// Has a walk do with so many buffers.
    private func fill(_ shelf: BufferShelf, _ count: Int) {
        let taken = (0..<count).map { _ in shelf.take(Self.size) }
        taken.forEach { shelf.give($0) }
    }

    @Test func eachWalkTakesItsOwn() {
        let pool = BufferPool(limitBytes: 1 << 20)
        let (one, other) = (BufferShelf(of: pool), BufferShelf(of: pool))
        one.open()
        other.open()
        fill(one, 3)
        _ = other.take(Self.size)
        #expect(one.keptBytes == 3 * Self.size && other.keptBytes == 0)
        let again = one.take(Self.size - 100)
        #expect(one.keptBytes == 2 * Self.size && again.count == Self.size)
    }

    /// Beyond the limit the walk that has most gives way, whichever comes last.
    @Test func aGreedyWalkLeavesTheOthersTheirPart() {
        let pool = BufferPool(limitBytes: 16 * Self.size)
        let shelves = (0..<4).map { _ in BufferShelf(of: pool) }
        shelves.forEach { $0.open() }
        for shelf in shelves.dropFirst() { fill(shelf, 3) }
        fill(shelves[0], 40)
        #expect(shelves.map { $0.keptBytes / Self.size } == [7, 3, 3, 3])
        fill(shelves[1], 40)
        #expect(shelves.reduce(0) { $0 + $1.keptBytes } <= pool.limitBytes)
        #expect(shelves[1].keptBytes >= 4 * Self.size && shelves[0].keptBytes >= 4 * Self.size)
        #expect(shelves[2...].allSatisfy { $0.keptBytes == 3 * Self.size })
    }

    /// What a walk at rest has left lying makes room for those at work.
    @Test func whatLiesForLongGoesFirst() async throws {
        let pool = BufferPool(limitBytes: 8 * Self.size, patience: .milliseconds(20))
        let (resting, busy) = (BufferShelf(of: pool), BufferShelf(of: pool))
        resting.open()
        busy.open()
        fill(resting, 4)
        try await Task.sleep(for: .milliseconds(40))
        fill(busy, 8)
        #expect(resting.keptBytes == 0 && busy.keptBytes == 8 * Self.size)
    }

    /// A shelf is empty when its last user has closed it, and keeps nothing that comes later.
    @Test func aClosedShelfKeepsNothing() {
        let pool = BufferPool(limitBytes: 1 << 20)
        let (one, other) = (BufferShelf(of: pool), BufferShelf(of: pool))
        one.open()
        one.open()
        other.open()
        fill(one, 2)
        fill(other, 1)
        let late = one.take(Self.size)
        #expect(!one.close())
        #expect(one.keptBytes == Self.size)
        #expect(one.close())
        one.give(late)
        #expect(one.keptBytes == 0 && other.keptBytes == Self.size)
        one.open()
        #expect(one.keptBytes == 0)
    }
}
