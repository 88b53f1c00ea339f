import Foundation

/// What a client has of the world: the time, chance, and somebody who looks on.
package struct ClientEnvironment: Sendable {
    /// Seconds since the Epoch.
    package var now: @Sendable () -> Double
    package var sleep: @Sendable (_ seconds: Double) async throws -> Void
    /// A number from 0 to 1.
    package var chance: @Sendable () -> Double
    /// Is told of every step of the queue, in order: where a test ends the process.
    package var step: @Sendable (QueueStep) -> Void

    package init(
        now: @escaping @Sendable () -> Double, sleep: @escaping @Sendable (Double) async throws -> Void,
        chance: @escaping @Sendable () -> Double, step: @escaping @Sendable (QueueStep) -> Void = { _ in }
    ) {
        self.now = now
        self.sleep = sleep
        self.chance = chance
        self.step = step
    }

    /// The system's.
    package static let system = ClientEnvironment(
        now: { Date().timeIntervalSince1970 },
        sleep: { try await Task.sleep(for: .seconds($0)) },
        chance: { Double.random(in: 0...1) })
}

/// The steps between which a process may end, in the order of a report's life.
package enum QueueStep: String, Sendable, CaseIterable {
    case opened
    case keysAreThere
    case sealed
    case stateWritten
    case reportWritten
    case accepted
    case aboutToSend
    case answered
    case reportRemoved
    case settled
    case erasing
    case erased
}
