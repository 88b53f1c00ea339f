import Aggregator
import DAP
import Foundation
import Testing

/// Names of the segment files of a store.
func segments(of store: any Store) throws -> [String] {
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
