import PopulusDAP
import Synchronization

/// What a batch task's Leader knows of its Helper's clock, and of what the Helper found too early all the same.
final class KnownHelperClock: Sendable {
    /// How long reports wait that the Helper found too early against its word, in seconds.
    private static let pause: UInt64 = 60

    private struct State {
        var clock: HelperClock?
        /// Reports from this time on, in units of the task's precision, wait until a second by this aggregator's clock.
        var refused: (time: UInt64, until: UInt64)?
    }

    private let task: TaskConfiguration
    private let state = Mutex(State())

    init(_ task: TaskConfiguration) { self.task = task }

    func note(_ clock: HelperClock?) { state.withLock { $0.clock = clock } }

    /// Notes that the Helper found a report of this time too early.
    func refused(_ time: Time, at now: UInt64) {
        state.withLock { state in
            let (until, overflow) = now.addingReportingOverflow(Self.pause)
            let known = state.refused.flatMap { $0.until > now ? $0.time : nil } ?? .max
            state.refused = (min(known, time.units), overflow ? .max : until)
        }
    }

    /// The first time, in units of the task's precision, whose reports are to wait now.
    func firstWaiting(at now: UInt64) -> UInt64 {
        let state = state.withLock { $0 }
        let early = state.clock?.firstTooEarly(at: now, task) ?? .max
        let refused = state.refused.flatMap { $0.until > now ? $0.time : nil } ?? .max
        return min(early, refused)
    }

    /// How both clocks differ, where that is known.
    var words: String? { state.withLock { $0.clock }.map(\.words) }
}

extension BatchLeader {
    /// Hears of the Helper's clock if it can be heard of now.
    func lookAtHelperClock() async {
        do throws(PeerError) {
            helperClock.note(try await link.peer.clock(task: task.id, isAnew: false))
        } catch {
            // It is away: before anything is sent it is asked again.
        }
    }

    /// Waits until the Helper has said what time it is there, or that it does not.
    ///
    /// - Throws: `Failure.refusedByHelper`.
    func askForClock(for purpose: Purpose) async throws -> HelperClock? {
        let clock = try await link.clock(for: purpose)
        helperClock.note(clock)
        return clock
    }
}
