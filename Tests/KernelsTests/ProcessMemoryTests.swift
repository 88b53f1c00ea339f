#if canImport(Glibc)
import Glibc
import PopulusKernels
import Testing

/// What is freed is used again: fresh pages cost more than what is written to them.
@Suite(.serialized) struct ProcessMemoryTests {
    @Test func freedMemoryIsUsedAgain() {
        ProcessMemory.keepFreed()
        touchPages()
        let taken = (0..<8).map { _ in
            let before = faults
            touchPages()
            return faults - before
        }
        // Without it each time takes 2,300 pages anew. A system that is short of memory may have some back at any time.
        #expect(taken.min() ?? .max < 1500, "\(taken)")
    }

    /// 9 MiB as a page of uploads has them.
    private func touchPages() {
        var pieces: [[UInt8]] = []
        for number in 0..<128 { pieces.append([UInt8](repeating: UInt8(number), count: 72 << 10)) }
        #expect(pieces.reduce(0) { $0 + Int($1[1000]) } == 128 * 127 / 2)
    }

    /// Pages that this thread has got from the system so far.
    private var faults: Int {
        var usage = rusage()
        // RUSAGE_THREAD, which Swift does not see.
        getrusage(1, &usage)
        return usage.ru_minflt
    }
}
#endif
