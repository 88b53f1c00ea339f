import Aggregator
import PopulusDAP
import PopulusVDAF
import PrefixWalk

/// The segments that walks need: a store that cannot make them again looks for them when it is opened.
enum Segments {
    private static let bits = 8

    /// Writes one for each shard of a walk that goes on, with shares of zeros.
    static func write(for store: any TaskStore) async throws {
        guard !store.segmentsAreCache else { return }
        let shards = try await store.read("check") { transaction in
            try transaction.walks().filter { $0.end == nil }.flatMap { try transaction.shards($0.id) }.map { job in
                (job, try transaction.boundReports(job: job.row))
            }
        }
        for (job, bound) in shards where job.phase != .planned {
            // Four bytes of each refusal are the place.
            let refused = Set(
                stride(from: 0, to: job.refusals.count / 5 * 5, by: 5).map { start in
                    job.refusals[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
                })
            let reports = bound.filter { !refused.contains($0.ordinal) }
            let path = "\(store.segmentsDirectory)/\(job.row).segment"
            guard !reports.isEmpty else { continue }
            var builder = try SegmentBuilder(
                at: path, bits: bits, aggregatorID: 0, ctx: [], key: store.seal?.segmentKey(job: job.row))
            for report in reports {
                try builder.append(
                    reportID: report.id.bytes,
                    publicShare: [UInt8](repeating: 0, count: Poplar1.publicShareLayout(bits: bits).size),
                    inputShare: [UInt8](repeating: 0, count: Poplar1.inputShareLayout(bits: bits).size))
            }
            try builder.finish()
        }
    }
}
