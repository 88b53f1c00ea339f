import Foundation
import PopulusVDAF
import PrefixWalk

/// A small deterministic generator (SplitMix64), so that a seed names a workload.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8.random(in: 0...255, using: &self) } }
}

/// Random strings of bits, and what each client holds: the n-th string has weight 1 / n^exponent.
struct Workload {
    let bits: Int
    let held: [Prefix]

    init(bits: Int, strings: Int, reports: Int, exponent: Double, seed: UInt64) {
        var random = SplitMix(seed: seed)
        let all = (0..<strings).map { _ in Prefix(bits: (0..<bits).map { _ in Bool.random(using: &random) }) }
        var cumulative: [Double] = []
        for rank in 1...strings { cumulative.append((cumulative.last ?? 0) + pow(Double(rank), -exponent)) }
        let total = cumulative[strings - 1]
        self.bits = bits
        held = (0..<reports).map { _ in
            let point = Double.random(in: 0..<total, using: &random)
            return all[min(cumulative.firstIndex { $0 > point } ?? strings - 1, strings - 1)]
        }
    }

    /// The strings that at least `threshold` clients hold: the count in plaintext.
    func popular(threshold: Int) -> [Prefix: Int] {
        held.reduce(into: [:]) { $0[$1, default: 0] += 1 }.filter { $0.value >= threshold }
    }
}

/// A folder for segments that is gone with this object; in memory where the system has such a place.
final class Scratch {
    let directory: String

    init() throws {
        var status = stat()
        let hasShared = stat("/dev/shm", &status) == 0 && access("/dev/shm", W_OK) == 0
        let parent = hasShared ? "/dev/shm" : FileManager.default.temporaryDirectory.path
        directory = "\(parent)/walk-benchmark-\(getpid())-\(UInt32.random(in: .min ... .max))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
    }

    // A folder that stays is seen, and is nobody's harm.
    deinit { try? FileManager.default.removeItem(atPath: directory) }

    func path(_ name: String) -> String { "\(directory)/\(name)" }
}
