import Aggregator
import PopulusDAP
import Synchronization

/// Uploads of one report each, one after the other, for as long as something else goes on.
enum Uploads {
    /// Returns how long each upload waited until it was on disk.
    static func run(
        in store: any TaskStore, during body: @escaping @Sendable () async throws -> Void
    ) async throws -> [Duration] {
        let hasEnded = Slot(false)
        async let waits = repeated(in: store, until: hasEnded)
        do { try await body() } catch {
            hasEnded.value = true
            throw error
        }
        hasEnded.value = true
        return try await waits
    }

    private static func repeated(in store: any TaskStore, until hasEnded: Slot<Bool>) async throws -> [Duration] {
        let clock = ContinuousClock()
        var waits: [Duration] = []
        repeat {
            let began = clock.now
            try await store.write("upload", .uploads) { transaction in
                let id = ReportID.random()
                _ = try transaction.insertReports([NewUpload(id, time: 1, body: id.bytes + id.bytes)], in: .open)
            }
            waits.append(clock.now - began)
        } while !hasEnded.value
        return waits
    }
}

/// What one task leaves for another.
final class Slot<Value: Sendable>: Sendable {
    private let content: Mutex<Value>

    init(_ value: Value) { content = Mutex(value) }

    var value: Value {
        get { content.withLock { $0 } }
        set { content.withLock { $0 = newValue } }
    }
}
