import CKernels
import Foundation

/// The best and the median of many measurements of one thing, in nanoseconds.
struct Timing: Codable {
    var best: Double
    var median: Double

    init(best: Double, median: Double) {
        self.best = best
        self.median = median
    }

    /// - Precondition: `samples` is not empty.
    init(_ samples: [Double]) {
        let sorted = samples.sorted()
        self.init(best: sorted[0], median: sorted[sorted.count / 2])
    }

    func multiple(of unit: Timing) -> Timing { Timing(best: best / unit.best, median: median / unit.median) }
}

/// Measures by the thread's own time, so that other load of the machine counts less.
struct Stopwatch {
    let isSmoke: Bool

    /// Times `bodies` and libcrypto's AES in turn, so that whatever slows the machine slows all of them.
    func measure(_ bodies: [() throws -> Void]) throws -> (timings: [Timing], block: Timing) {
        let aes = try BulkAES()
        let counts = try bodies.map { try callsInASample($0) }
        var samples = bodies.map { _ in [Double]() }
        var blocks: [Double] = []
        for _ in 0..<(isSmoke ? 1 : 400) {
            for (i, body) in bodies.enumerated() {
                let start = Self.threadNanoseconds()
                for _ in 0..<counts[i] { try body() }
                samples[i].append((Self.threadNanoseconds() - start) / Double(counts[i]))
            }
            let start = Self.threadNanoseconds()
            for _ in 0..<8 { try aes.encrypt() }
            blocks.append((Self.threadNanoseconds() - start) / Double(8 * BulkAES.blocks))
        }
        return (samples.map { Timing($0) }, Timing(blocks))
    }

    /// So many that a sample takes some 300 microseconds, against which reading the clock is nothing.
    private func callsInASample(_ body: () throws -> Void) throws -> Int {
        if isSmoke { return 1 }
        for _ in 0..<20 { try body() }
        let start = Self.threadNanoseconds()
        for _ in 0..<20 { try body() }
        return max(1, Int(300_000 * 20 / (Self.threadNanoseconds() - start)))
    }

    private static func threadNanoseconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
    }
}

/// AES-128 in ECB mode by libcrypto, on data that stay in the first-level cache.
final class BulkAES {
    static let blocks = 1024
    private let context: UnsafeMutableRawPointer
    private var bytes = [UInt8](repeating: 1, count: 16 * BulkAES.blocks)

    init() throws {
        guard let context = populus_evp_aes128_new([UInt8](repeating: 7, count: 16)) else { throw CryptoError() }
        self.context = context
    }

    deinit { populus_evp_aes128_free(context) }

    func encrypt() throws {
        let isDone = bytes.withUnsafeMutableBufferPointer {
            populus_evp_aes128_encrypt(context, $0.baseAddress, $0.baseAddress, Self.blocks)
        }
        guard isDone else { throw CryptoError() }
    }
}

/// That libcrypto has no AES-128.
struct CryptoError: Error {}
