import Synchronization

/// How much of a task's work went from process to process, and what had to be made again for it: since this process began, for
/// `/metrics`.
package final class MovedWork: Sendable {
    package struct Numbers: Sendable, Hashable {
        /// Requests that were passed on to the process that has their job.
        package var passedOn: UInt64 = 0
        /// Those of them that this process did not answer, as the other one could not be reached or has the job no more.
        package var lost: UInt64 = 0
        /// Work that another process had before.
        package var takenOver: UInt64 = 0
        /// What shards took to be made again, one beside the other: their segments, and the steps that began at the root for
        /// want of node state.
        package var rebuilding = Duration.zero
    }

    private let state = Mutex(Numbers())

    package init() {}

    package var numbers: Numbers { state.withLock { $0 } }

    func notePassedOn() { state.withLock { $0.passedOn += 1 } }
    func noteLost() { state.withLock { $0.lost += 1 } }
    func noteTakenOver() { state.withLock { $0.takenOver += 1 } }
    func noteRebuilt(since begin: ContinuousClock.Instant) {
        let time = begin.duration(to: .now)
        state.withLock { $0.rebuilding += time }
    }
}
