/// What works on a store, and tells its errors as this module's.
protocol StoreUser: Sendable {
    var store: any TaskStore { get }
}

extension StoreUser {
    func reading<T: Sendable>(
        _ name: StaticString, _ body: @escaping @Sendable (any StoreTransaction) throws -> T
    ) async throws(AggregatorError) -> T {
        do { return try await store.read(name, body) } catch { throw AggregatorError(wrapping: error) }
    }

    func writing<T: Sendable>(
        _ name: StaticString, _ body: @escaping @Sendable (any StoreTransaction) throws -> T
    ) async throws(AggregatorError) -> T {
        do { return try await store.write(name, body) } catch { throw AggregatorError(wrapping: error) }
    }
}
