import Testing

/// Every promise of a store, on every store that there is.
///
/// One after the other: each has a store of its own, whose files are open.
@Suite(.serialized) struct StoreSuiteTests {
    @Test(arguments: StoreKind.allCases, StorePromise.all)
    func isKept(on kind: StoreKind, _ promise: StorePromise) async throws {
        for failure in try await promise.failures(on: kind) {
            Issue.record("\(promise.name): \(failure.what)", sourceLocation: failure.location)
        }
    }
}

/// That the suite can fail: each promise is broken once, and that is seen, on every store.
@Suite(.serialized) struct BrokenStoreTests {
    @Test(arguments: StoreKind.allCases, Fault.allCases.filter { $0 != .nothing })
    func isSeen(on kind: StoreKind, _ fault: Fault) async throws {
        guard kind.keepsBodies || !fault.needsKeptBodies, kind.takesProcesses || !fault.needsProcesses else { return }
        for name in fault.groups {
            var promises = try #require(StorePromise.groups.first { $0.name == name }?.promises)
            // What sees it in memory, where looking takes no time, is asked first elsewhere.
            let memory = kind.keepsBodies ? StoreKind.keepingMemory : .memory
            if kind != memory, let place = try await Self.firstBroken(promises, on: memory, fault) {
                promises.insert(promises.remove(at: place), at: 0)
            }
            let place = try await Self.firstBroken(promises, on: kind, fault)
            #expect(place != nil, "\(fault.rawValue): no promise about \(name) sees it")
        }
    }

    /// One promise that fails is enough: the others are not looked at.
    private static func firstBroken(
        _ promises: [StorePromise], on kind: StoreKind, _ fault: Fault
    ) async throws -> Int? {
        for (place, promise) in promises.enumerated() {
            if try await !promise.failures(on: kind, fault: fault).isEmpty { return place }
        }
        return nil
    }

    /// What breaks promises above breaks none by itself.
    @Test(arguments: [StoreKind.memory, .keepingMemory], StorePromise.all)
    func nothingIsBroken(on kind: StoreKind, _ promise: StorePromise) async throws {
        let failures = try await promise.failures(on: kind, fault: .nothing)
        #expect(failures.isEmpty, "\(promise.name): \(failures)")
    }
}
