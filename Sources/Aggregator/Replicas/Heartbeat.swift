/// Says that a process lives, again and again: one a process, however many tasks it serves.
///
/// What a process has claimed stays its own as long as it says so. Nothing that is counted or sealed rests on it: whoever wakes
/// too late is refused by its claim's token.
package struct Heartbeat: Sendable {
    private let replica: any StoreReplica
    private let address: String
    private let clock: any AggregatorClock
    private let troubles: Troubles

    /// - Parameters:
    ///   - address: where other processes of the role reach this one.
    ///   - troubles: those of the process.
    package init(
        _ replica: any StoreReplica, address: String, clock: any AggregatorClock = SystemClock(), troubles: Troubles
    ) {
        (self.replica, self.address, self.clock, self.troubles) = (replica, address, clock, troubles)
    }

    /// The first word: before the process claims anything.
    package func begin() async throws { try await replica.announce(address) }

    /// Runs until the calling task is cancelled; then what the process had claimed is free at once.
    package func run() async {
        let text = "other processes cannot be told that this one lives"
        while !Task.isCancelled {
            await clock.pause(replica.life / 4)
            guard !Task.isCancelled else { break }
            do {
                try await replica.announce(address)
                troubles.end(text)
            } catch {
                troubles.note(text, reason: "\(error)")
            }
        }
        // Where that fails the others wait for the end of its life.
        do { try await replica.withdraw() } catch { troubles.note(text, reason: "\(error)") }
    }
}
