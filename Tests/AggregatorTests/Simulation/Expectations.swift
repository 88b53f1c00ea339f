import Aggregator
import Foundation
import PopulusDAP
import Testing

/// Names of the segment files of a store.
func segments(of store: any TaskStore) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: store.segmentsDirectory)
}

/// Runs `body` and returns the problem type that it is refused with.
func problem(_ body: () async throws -> Void) async -> ProblemType? {
    do {
        try await body()
        return nil
    } catch AggregatorError.problem(let type, _) {
        return type
    } catch AggregatorError.failed(let document, _) {
        return document.type
    } catch {
        Issue.record("another error: \(error)")
        return nil
    }
}

/// Whether a store's segments are gone, or soon will be: they are removed after the commit that ends their walk.
func segmentsVanish(of store: any TaskStore) async throws -> Bool {
    for _ in 0..<400 {
        if try segments(of: store).isEmpty { return true }
        try await Task.sleep(for: .milliseconds(5))
    }
    return false
}
