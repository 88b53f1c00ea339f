import Foundation

/// Draws of ranks by Zipf's law: the n-th of `count` has weight 1 / n^exponent.
package struct ZipfLaw: Sendable {
    /// For each rank the probability of staying with it once it was drawn evenly, and the rank that is taken otherwise.
    private let stays: [Double]
    private let others: [Int]

    /// - Parameter count: at least 1.
    package init(count: Int, exponent: Double) {
        // Vose's alias method: ranks that are too light share their place with one that is too heavy.
        var weights = (1...count).map { pow(Double($0), -exponent) }
        let mean = weights.reduce(0, +) / Double(count)
        var stays = [Double](repeating: 1, count: count)
        var others = Array(0..<count)
        var light = weights.indices.filter { weights[$0] < mean }
        var heavy = weights.indices.filter { weights[$0] >= mean }
        while let small = light.popLast(), let great = heavy.last {
            stays[small] = weights[small] / mean
            others[small] = great
            weights[great] -= mean - weights[small]
            if weights[great] < mean {
                heavy.removeLast()
                light.append(great)
            }
        }
        self.stays = stays
        self.others = others
    }

    /// How often each rank was drawn in so many draws.
    package func counts(of draws: Int, using random: inout SeededGenerator) -> [UInt64] {
        var counts = [UInt64](repeating: 0, count: stays.count)
        for _ in 0..<draws {
            let place = Int(random.next().multipliedFullWidth(by: UInt64(stays.count)).high)
            counts[random.fraction() < stays[place] ? place : others[place]] += 1
        }
        return counts
    }
}
