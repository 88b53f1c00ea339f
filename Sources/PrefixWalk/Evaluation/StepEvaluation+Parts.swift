import PopulusKernels
import PopulusVDAF
import Synchronization

extension StepEvaluation {
    /// What a thread has for itself while it evaluates windows.
    struct Part {
        let sums: WalkSlice
        let scratch: WalkSlice
    }

    /// Reports of a window at most: enough to be worth the reading of columns, few enough that a thread that comes late finds some.
    private static var sharedWindow: Int { 512 }

    /// Evaluates all windows on this thread and on those that are idle.
    ///
    /// - Returns: the sum of the values as packed elements in candidate order; whoever added which, it is the same.
    func evaluate(_ work: Work, _ threads: any IdleThreads) throws(PrefixWalkError) -> [UInt8] {
        let size = min(windowCount, Self.sharedWindow, (work.positions.count + 7) & ~7)
        let windows = Array(Windows(positions: work.positions, size: size))
        let total = Total(windows: windows.count)
        threads.join(most: windows.count) { goesOn in
            total.add(WalkRounds(leaf: isLeaf)) { () throws(PrefixWalkError) in
                try sum(of: windows, from: total, size: size, work, while: goesOn)
            }
        }
        return try total.sum() ?? [UInt8](repeating: 0, count: sizes.element * candidates)
    }

    /// Evaluates windows as long as there are any and the thread has nothing better to do.
    ///
    /// - Returns: nothing where others had taken them all.
    private func sum(
        of windows: [Window], from total: Total, size: Int, _ work: Work, while goesOn: () -> Bool
    ) throws(PrefixWalkError) -> [UInt8]? {
        guard var next = total.next() else { return nil }
        var arena = Arena(scratchCount + size * windowBytes + blockBytes(work.target), from: account.shelf)
        let sums = WalkBuffer(count: (isLeaf ? sizes.element : WalkInnerValues.sum) * candidates)
        let part = Part(sums: WalkSlice(sums), scratch: arena.take(scratchCount))
        let mark = arena.mark
        while true {
            try evaluate(windows[next], work, part, &arena)
            arena.release(to: mark)
            guard goesOn(), let following = total.next() else { break }
            next = following
        }
        return isLeaf
            ? sums.bytes
            : WalkRounds.innerSums(WalkSlice(sums), count: candidates, aggregator: segment.layout.aggregatorID)
    }
}

/// What is left to take of a run's windows, and what those add up to that were evaluated.
private final class Total: Sendable {
    private struct State {
        var taken = 0
        var sum: [UInt8]?
        var error: PrefixWalkError?
    }

    private let windows: Int
    private let state = Mutex(State())

    init(windows: Int) { self.windows = windows }

    /// The next window; nothing where all are taken, or where one has failed.
    func next() -> Int? {
        state.withLock { state in
            guard state.taken < windows, state.error == nil else { return nil }
            defer { state.taken += 1 }
            return state.taken
        }
    }

    func add(_ rounds: WalkRounds, _ part: () throws(PrefixWalkError) -> [UInt8]?) {
        let (found, error): ([UInt8]?, PrefixWalkError?)
        do { (found, error) = (try part(), nil) } catch let thrown { (found, error) = (nil, thrown) }
        state.withLock { state in
            state.error = state.error ?? error
            guard let found else { return }
            guard var sum = state.sum.take() else {
                state.sum = found
                return
            }
            rounds.accumulate(found, into: &sum)
            state.sum = sum
        }
    }

    /// After all threads have returned; nothing where there was no window.
    ///
    /// - Throws: the first error of a window.
    func sum() throws(PrefixWalkError) -> [UInt8]? {
        let (sum, error) = state.withLock { ($0.sum, $0.error) }
        if let error { throw error }
        return sum
    }
}

/// Consecutive reports of a run whose columns are read together.
struct Window {
    /// Ranks within the run.
    let range: Range<Int>
    /// The positions whose columns are read.
    let columns: Range<Int>
}

/// Windows of so many positions: holes that rejected reports leave cost reading their columns, no more.
struct Windows: Sequence, IteratorProtocol {
    let positions: [UInt32]
    let size: Int
    private var first = 0

    init(positions: [UInt32], size: Int) {
        self.positions = positions
        self.size = size
    }

    mutating func next() -> Window? {
        guard first < positions.count else { return nil }
        let start = positions[first]
        var end = Swift.min(first + size, positions.count)
        while Int(positions[end - 1] - start) >= size { end -= 1 }
        defer { first = end }
        return Window(range: first..<end, columns: Int(start)..<(Int(positions[end - 1]) + 1))
    }
}
