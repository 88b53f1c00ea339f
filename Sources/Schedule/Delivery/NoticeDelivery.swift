import Foundation
import PopulusDAP
import PopulusDurableFiles
import Synchronization

/// Delivers what is in an outbox, in the background: nobody waits for a receiver.
package final class NoticeDelivery: Sendable {
    private struct State {
        var task: Task<Void, Never>?
        /// Something was put there since the last look.
        var isCalled = false
    }

    private let outbox: NoticeOutbox
    private let carrier: any NoticeCarrier
    private let bounds: DeliveryBounds
    /// Tells a person what was not delivered.
    private let tell: @Sendable (String) -> Void
    private let state = Mutex(State())

    package init(
        _ outbox: NoticeOutbox, by carrier: any NoticeCarrier, within bounds: DeliveryBounds = .usual,
        tell: @escaping @Sendable (String) -> Void
    ) {
        (self.outbox, self.carrier, self.bounds, self.tell) = (outbox, carrier, bounds, tell)
    }

    /// Looks at the outbox, now or after what is under way.
    package func wake() {
        state.withLock { state in
            state.isCalled = true
            guard state.task == nil else { return }
            state.task = Task { await self.work() }
        }
    }

    /// Waits until nothing is under way, for a time at most; what is left stays in the outbox.
    ///
    /// - Returns: how many notices wait.
    package func finish(within limit: Duration) async -> Int {
        if let task = state.withLock({ $0.task }) {
            let alarm = Task {
                // Cancelled, there is nothing to wait for.
                guard (try? await Task.sleep(for: limit)) != nil else { return }
                task.cancel()
            }
            await task.value
            alarm.cancel()
        }
        await carrier.shutdown()
        return outbox.entries.count
    }

    private func work() async {
        while true {
            let isCalled = state.withLock { state in
                defer { state.isCalled = false }
                if !state.isCalled || Task.isCancelled { state.task = nil }
                return state.task != nil
            }
            guard isCalled else { return }
            giveUp()
            for entry in outbox.entries where !Task.isCancelled { await deliver(entry) }
        }
    }

    /// Gives up what is too old, or too much.
    private func giveUp() {
        let now = UInt64(max(0, Date().timeIntervalSince1970))
        let entries = outbox.entries
        let least = now - min(now, bounds.age)
        let tooMany = max(0, entries.count - NoticeOutbox.most)
        for (number, entry) in entries.enumerated() where number < tooMany || entry.time < least {
            remove(entry)
            tell("notice \(entry.id) was not delivered in time, and is given up")
        }
    }

    private func deliver(_ entry: NoticeOutbox.Entry) async {
        let body: [UInt8]
        do throws(DurableFileError) {
            guard let found = try outbox.body(of: entry) else { return }
            body = found
        } catch {
            return tell("notice \(entry.id) cannot be read: \(error)")
        }
        let began = ContinuousClock.now
        var schedule = RetrySchedule(bounds.pauses)
        var why: String?
        attempts: while !Task.isCancelled {
            switch await carrier.carry(id: entry.id, body: body, path: entry.path) {
            case .delivered: return remove(entry)
            case .refused(let reason):
                remove(entry)
                return tell("notice \(entry.id) is not delivered: \(reason)")
            case .later(let reason, let asked):
                // What was wrong before an interruption says more than that there was one.
                if why == nil || !Task.isCancelled { why = reason }
                let pause = schedule.pause(asked: asked)
                guard (began.duration(to: .now) + pause) / .seconds(1) <= bounds.patience else { break attempts }
                // Cancelled, the loop sees that itself.
                try? await Task.sleep(for: pause)
            }
        }
        tell("notice \(entry.id) is not delivered yet: \(why ?? "it was interrupted")")
    }

    private func remove(_ entry: NoticeOutbox.Entry) {
        do throws(DurableFileError) { try outbox.remove(entry) } catch {
            tell("notice \(entry.id) is done with and cannot be removed: \(error); remove \(entry.path) by hand")
        }
    }
}
