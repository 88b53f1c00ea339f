import Foundation
import Testing

/// A scheme with an input, and what the plaintext adds up to.
struct Variant: Sendable, CustomTestStringConvertible {
    let name: String
    let options: [String]
    /// The measurements.
    let vectors: [[UInt64]]
    /// Lines that make no report.
    let wrong: [String]
    /// Whether a measurement is a bucket.
    var isHistogram = false
    /// How many buckets there are.
    var buckets = 0

    var testDescription: String { name }

    static let all: [Variant] = [
        Variant(
            name: "count", options: ["--vdaf", "prio3-count"], vectors: (0..<37).map { [$0 % 3 == 0 ? 1 : 0] },
            wrong: ["2", "-1", "yes"]),
        Variant(
            name: "sum", options: ["--vdaf", "prio3-sum", "--max", "100"], vectors: (0..<41).map { [$0 * 7 % 101] },
            wrong: ["101", "1.5", "99999999999999999999"]),
        Variant(
            name: "sumvec",
            options: ["--vdaf", "prio3-sumvec", "--length", "10", "--max", "255", "--chunk-length", "4"],
            vectors: (0..<23).map { row in (0..<10).map { (row * 31 + $0 * 17) % 256 } },
            wrong: ["1,2,3", "0,0,0,0,0,0,0,0,0,256", "0,0,0,0,0,0,0,0,0,"]),
        Variant(
            name: "histogram", options: ["--vdaf", "prio3-histogram", "--length", "10", "--chunk-length", "4"],
            vectors: (0..<53).map { [$0 * $0 % 10] }, wrong: ["10", "-1", "one"], isHistogram: true, buckets: 10),
        Variant(
            name: "multihot",
            options: [
                "--vdaf", "prio3-multihot", "--length", "10", "--max-weight", "3", "--chunk-length", "4",
            ],
            vectors: (0..<29).map { row in (0..<10).map { $0 < 3 && (row >> $0) & 1 == 1 ? 1 : 0 } },
            wrong: ["1,1,1,1,0,0,0,0,0,0", "2,0,0,0,0,0,0,0,0,0", "1"]),
    ]

    /// One line a measurement.
    var lines: [String] { vectors.map { $0.map(String.init).joined(separator: ",") } }

    /// What `count` uploads of all measurements add up to.
    func result(times count: UInt64 = 1) -> [UInt64] {
        if isHistogram {
            return (0..<UInt64(buckets)).map { bucket in count * UInt64(vectors.count { $0 == [bucket] }) }
        }
        return (vectors.first ?? []).indices.map { index in count * vectors.reduce(0) { $0 + $1[index] } }
    }

    /// Whether the result is one number.
    var isNumber: Bool { !isHistogram && vectors.first?.count == 1 }
}

/// What `collect --json` prints.
struct CollectedObject {
    let result: [UInt64]
    let isNumber: Bool
    let reports: Int
    let start: UInt64
    let end: UInt64
    let members: [String: Any]

    init(_ text: String) throws {
        guard let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any],
            let reports = object["report_count"] as? Int, let interval = object["interval"] as? [String: UInt64],
            let start = interval["start"], let end = interval["end"]
        else { throw HarnessError("not what collect --json prints: \(text)") }
        members = object
        isNumber = object["result"] is UInt64
        result = (object["result"] as? [UInt64]) ?? (object["result"] as? UInt64).map { [$0] } ?? []
        self.reports = reports
        self.start = start
        self.end = end
    }

    /// Whether all members are the same, but for when it was asked.
    func isSame(as other: CollectedObject) -> Bool {
        var (one, two) = (members, other.members)
        for name in ["began", "ended"] {
            one[name] = nil
            two[name] = nil
        }
        return NSDictionary(dictionary: one).isEqual(to: two)
    }
}

/// The time up to now, for tasks whose time precision is a second.
struct RecentTime {
    let since: UInt64
    let until: UInt64

    /// The task's options.
    static let taskOptions = ["--batch-mode", "time-interval", "--time-precision", "1s"]

    /// Everything that has been uploaded so far.
    init() {
        let now = UInt64(Date().timeIntervalSince1970)
        (since, until) = (now - 3600, now + 1)
    }

    /// The same interval for every command.
    var bounds: [String] { ["--since", "\(since)", "--until", "\(until)"] }

    /// What `collect` is told, which waits for that second.
    var options: [String] { bounds + ["--wait"] }
}
