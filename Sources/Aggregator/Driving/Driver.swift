import Logging

/// The one loop of an aggregator's own work: it does what is due, and tries again what may pass.
///
/// Work ends, waits, or fails for good. What the store or the disk refuses is noted among the troubles and tried again after a
/// pause: nothing is lost by it. Cancelled work stays as the store knows it, and goes on after a restart.
struct Driver: Sendable {
    private let clock: any AggregatorClock
    private let store: any TaskStore
    private let troubles: Troubles
    private let claims: Claims
    private let pause: Duration

    init(_ core: AggregatorCore) {
        (clock, store, troubles) = (core.machine.clock, core.store, core.troubles)
        claims = core.claims
        pause = core.settings.longestRetryPause
    }

    /// Takes turns at some work until it has ended.
    ///
    /// - Parameters:
    ///   - turn: goes on where the store says that the work stopped.
    ///   - fail: ends work that cannot succeed, durably.
    /// - Returns: nothing where the calling task was cancelled.
    func drive<Result>(
        _ subject: DrivenSubject, _ turn: () async throws -> Turn<Result>,
        failing fail: (Failure) async throws -> Turn<Result> = { throw $0 }
    ) async -> Result? {
        while !Task.isCancelled {
            do {
                let came: Turn<Result>
                do { came = try await turn() } catch let failure as Failure { came = try await fail(failure) }
                troubles.end(subject.stuck, about: subject.about, metadata: subject.metadata)
                switch came {
                case .ended(let result): return result
                case .again: continue
                case .wait(let changes, let limit): await changes.next(waitingUpTo: limit, on: clock)
                }
            } catch is NotNeeded {
                continue
            } catch let lost as ClaimLost {
                // The next turn looks who has it now.
                claims.drop(lost.work)
                continue
            } catch is CancellationError {
                return nil
            } catch {
                note(error, subject)
                await clock.pause(pause)
            }
        }
        return nil
    }

    private func note(_ error: any Error, _ subject: DrivenSubject) {
        // What ended the store was said already.
        guard store.outage == nil else { return }
        troubles.note(subject.stuck, about: subject.about, reason: "\(error)", metadata: subject.metadata)
    }

    /// Takes one turn at work that others wait behind; false where it is to be tried again later.
    func attempt(_ subject: DrivenSubject, _ turn: () async throws -> Void) async -> Bool {
        do {
            try await turn()
            troubles.end(subject.stuck, about: subject.about, metadata: subject.metadata)
            return true
        } catch is CancellationError {
            return false
        } catch {
            note(error, subject)
            return false
        }
    }

    /// Does the same again and again, with a pause in between.
    func repeating(_ subject: DrivenSubject, every interval: Duration, _ body: () async throws -> Void) async {
        while !Task.isCancelled { await clock.pause(await attempt(subject, body) ? interval : pause) }
    }
}

/// What a turn of work came to.
enum Turn<Result> {
    case ended(Result)
    /// There is more to do at once.
    case again
    /// There is nothing to do before a change, or before some time is over.
    case wait(for: AsyncStream<Void>, upTo: Duration)
}

extension Turn<Void> {
    static var ended: Self { .ended(()) }
}

/// What is being driven, in the words of the log.
struct DrivenSubject: Sendable {
    /// Such as `a step`; what has no name of its own says what cannot be done to it: `reports cannot be aggregated`.
    let what: String
    /// Which one, where there are several.
    var about = ""
    var metadata: Logger.Metadata = [:]
    /// What cannot be done while it is stuck.
    var action = "go on"

    /// What is said while it cannot go on.
    var stuck: String { (about.isEmpty ? what : "\(what) cannot \(action)") + " for now" }
}

/// Nobody waits for the work any more: a look at the store shows what became of it.
struct NotNeeded: Error {}

extension AggregatorClock {
    /// Waits; ends early when the calling task is cancelled, which whoever asked finds out by itself.
    func pause(_ duration: Duration) async {
        do { try await sleep(for: duration) } catch { return }
    }
}
