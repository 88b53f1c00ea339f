import PopulusStringCodec

/// Makes the tables of a URL model from a training text: the same ones each time, in whole numbers throughout.
///
/// A context's estimate takes a discount from each count and shares the sum out as the context without its first byte
/// estimates it; the shortest context shares it out evenly. The model keeps the estimates of what was seen, and makes the
/// others itself, as `URLModelBuilder` says.
package struct URLTrainer {
    /// What is taken from each count, in quarters, by the length of the context.
    private static let discounts = [2, 3, 3, 3]
    /// The least sum of a context's counts with which it gets a row, in quarters.
    private static let leastContexts = [0, 4, 12, 32]
    /// The least count with which a symbol is listed after a context of two bytes or three, in quarters.
    private static let leastListed = 2
    /// Estimates are shares of this.
    private static let one = 1 << 32

    private let counts: ContextCounts
    private let spread: [[UInt32: [Int]]]
    /// The estimates of the rows so far, by the length of the context.
    private var estimates = [[UInt32: [Int]]](repeating: [:], count: URLModel.order + 1)

    private init(_ text: TrainingText) {
        counts = ContextCounts(text)
        let counts = counts
        spread = (0...URLModel.order).map { counts.spread(order: $0) }
    }

    /// The tables in the form that `URLModelBuilder` reads.
    package static func tables(_ text: TrainingText) -> [UInt8] {
        var trainer = URLTrainer(text)
        return (0...URLModel.order).flatMap { trainer.rows(order: $0) }
    }

    private mutating func rows(order: Int) -> [UInt8] {
        let contexts = counts.orders[order].filter { context, counts in
            counts.reduce(0, +) >= Self.leastContexts[order]
        }
        var bytes = [UInt8(contexts.count >> 8), UInt8(contexts.count & 255)]
        for (context, counts) in contexts.sorted(by: { $0.key < $1.key }) {
            let estimate = estimate(of: context, order: order)
            estimates[order][context] = estimate
            for place in stride(from: order, to: 0, by: -1) {
                bytes.append(UInt8(truncatingIfNeeded: context >> UInt32(8 * (place - 1))))
            }
            let symbols = counts.indices.filter { counts[$0] >= (order < 2 ? 1 : Self.leastListed) }
            bytes.append(UInt8(symbols.count))
            for (symbol, level) in zip(symbols, Self.levels(symbols.map { estimate[$0] })) {
                bytes += [symbol == URLModel.end ? 0 : UInt8(symbol - 1), level]
            }
        }
        return bytes
    }

    private func estimate(of context: UInt32, order: Int) -> [Int] {
        guard let counts = spread[order][context] else { return shorter(context, order: order) }
        let shorter = shorter(context, order: order)
        let discount = Self.discounts[order]
        let sum = counts.reduce(0, +)
        let left = counts.reduce(0) { $0 + min($1, discount) }
        return zip(counts, shorter).map { count, share in (max(0, count - discount) * Self.one + left * share) / sum }
    }

    private func shorter(_ context: UInt32, order: Int) -> [Int] {
        for order in stride(from: order - 1, through: 0, by: -1) {
            if let estimate = estimates[order][context & (1 << UInt32(8 * order) - 1)] { return estimate }
        }
        return [Int](repeating: Self.one / URLModel.symbols, count: URLModel.symbols)
    }

    /// The levels of the frequencies nearest to some estimates, so low that each other symbol keeps the least frequency.
    private static func levels(_ estimates: [Int]) -> [UInt8] {
        let (total, floor) = (Int(URLModel.total), Int(URLModel.floor))
        let shared = total - URLModel.symbols * floor
        var levels = estimates.map { level(of: floor + shared * $0 / one) }
        let most = total - (URLModel.symbols - levels.count) * floor
        func frequency(_ level: UInt8) -> Int { Int(URLModelBuilder.frequency(ofLevel: level)) }
        while levels.reduce(0, { $0 + frequency($1) }) > most {
            guard let greatest = levels.max(), let index = levels.firstIndex(of: greatest) else { break }
            levels[index] -= 1
        }
        return levels
    }

    /// The level whose frequency is nearest, the lower one of two.
    private static func level(of frequency: Int) -> UInt8 {
        func distance(_ level: UInt8) -> Int { abs(Int(URLModelBuilder.frequency(ofLevel: level)) - frequency) }
        var nearest: UInt8 = 0
        for level in UInt8(1)...191 where distance(level) < distance(nearest) { nearest = level }
        return nearest
    }
}
