import PopulusDAP
import PrefixWalk

extension ShardRecord {
    /// Decodes a bitmap over the segment's reports.
    static func bitmap(_ encoded: [UInt8], count: Int) throws -> ReportBitmap {
        do { return try ReportBitmap(encoded: encoded, count: count) } catch {
            throw StoreError.damaged("bitmap of a job")
        }
    }

    /// Applies a step's outcome: rule 7's bitmap, count, checksum, sum and step, to be stored in one transaction.
    mutating func commit(
        accepted: ReportBitmap, of live: ReportBitmap, sum: [UInt8], transcript: WalkTranscript,
        reports: [BoundReport]
    ) {
        // The checksum and the times stand as they are when nothing changes, at most steps of most shards.
        if progress.committedSteps == 0 || accepted != live { progress.summarize(accepted, of: reports) }
        progress.liveBefore = live.encoded
        progress.live = accepted.encoded
        progress.sum = sum
        progress.transcript = transcript.bytes
        progress.committedSteps += 1
        // A shard without reports has nothing more to say; both sides know it.
        if progress.count == 0 { phase = .finished }
    }

    /// Takes all reports of the shard out of the walk (rules 3 and 8).
    mutating func drop() {
        phase = .finished
        progress.drop()
    }
}

extension ShardProgress {
    fileprivate mutating func summarize(_ accepted: ReportBitmap, of reports: [BoundReport]) {
        var checksum = BatchChecksum()
        (leastTime, greatestTime) = (nil, nil)
        let positions = accepted.positions
        for position in positions {
            let report = reports[position]
            checksum.add(report.id)
            leastTime = min(leastTime ?? report.time, report.time)
            greatestTime = max(greatestTime ?? report.time, report.time)
        }
        count = positions.count
        self.checksum = checksum.bytes
    }

    fileprivate mutating func drop() {
        // It repeats no answer.
        (evaluateDigest, verdictDigest, committedEvaluateDigest) = ([], [], [])
        live = [UInt8](repeating: 0, count: live.count)
        count = 0
        checksum = BatchChecksum().bytes
        sum = []
        (leastTime, greatestTime) = (nil, nil)
    }
}

/// The reports that were refused before evaluation, by place in the init request.
struct Refusals: Sendable {
    private(set) var errors: [Int: ReportError]

    init() { errors = [:] }

    /// - Throws: `StoreError.damaged`.
    init(decoding bytes: [UInt8]) throws {
        errors = [:]
        guard bytes.count % 5 == 0 else { throw StoreError.damaged("refusals") }
        for start in stride(from: 0, to: bytes.count, by: 5) {
            let place = bytes[start..<(start + 4)].reduce(0) { $0 << 8 | Int($1) }
            guard let error = ReportError(rawValue: bytes[start + 4]) else { throw StoreError.damaged("refusals") }
            errors[place] = error
        }
    }

    var encoded: [UInt8] {
        errors.sorted { $0.key < $1.key }.flatMap { place, error in
            stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: place >> $0) } + [error.rawValue]
        }
    }

    subscript(place: Int) -> ReportError? {
        get { errors[place] }
        set { errors[place] = newValue }
    }

    /// The places that are not refused, of `count`: the segment's order.
    func entered(of count: Int) -> [Int] { (0..<count).filter { errors[$0] == nil } }
}
