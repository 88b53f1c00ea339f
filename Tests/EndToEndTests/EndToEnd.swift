import Foundation
import Testing

/// Everything that starts aggregators, one after the other: the machine may have two cores.
@Suite(.serialized, .timeLimit(.minutes(10))) enum EndToEnd {}

extension Scratch {
    /// A file of URL-like lines, drawn with Zipf's law from a number of distinct ones.
    func zipfURLs(distinct: Int, count: Int, seed: Int, maxBytes: Int) async throws -> URL {
        let urls = try await make(
            "urls", with: "make-urls", "--seed", "\(seed)", "--count", "\(distinct)", "--max-bytes", "\(maxBytes)")
        return try await make(
            "lines", with: "draw-zipf", "--seed", "\(seed)", "--count", "\(count)", "--exponent", "1.03", urls.path)
    }
}
