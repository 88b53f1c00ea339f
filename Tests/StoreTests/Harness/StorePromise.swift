import Aggregator
import Testing

/// Something that every store promises, and how it is seen.
struct StorePromise: Sendable, CustomTestStringConvertible {
    let name: String
    private let check: @Sendable (Bench) async throws -> Void

    init(_ name: String, _ check: @escaping @Sendable (Bench) async throws -> Void) {
        self.name = name
        self.check = check
    }

    var testDescription: String { name }

    /// Looks at a store of its own, and says what is wrong.
    func failures(on kind: StoreKind, fault: Fault? = nil) async throws -> [Bench.Failure] {
        let bench = try Bench(kind, fault: fault)
        do { try await check(bench) } catch { bench.fail("it threw \(error)") }
        await bench.end()
        return bench.failures
    }

    /// All of them, by what they are about.
    static let groups: [(name: String, promises: [StorePromise])] = [
        ("uploads", uploads), ("rows", rows), ("batches by time", timedBatches), ("selected batches", selectedBatches),
        ("bindings", bindings), ("released reports", releases), ("shards", shards), ("jobs of batches", batchJobs),
        ("walks", walks), ("resources", resources), ("batch buckets", batchBuckets), ("counts", counts),
        ("erasing", erasing + leftovers), ("kept bodies", keptBodies),
        ("transactions", transactions), ("tasks", tasks), ("witness", witness),
        ("durability", durability), ("claims", claims), ("two at once", races), ("ends", ends),
        ("kept tasks", keptTasks), ("expiry", expiry), ("secrets", secrets),
    ]

    static let all = groups.flatMap(\.promises)
}
