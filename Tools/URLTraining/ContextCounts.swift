import PopulusStringCodec

/// How often each symbol comes after each context of a training text, in quarters.
struct ContextCounts {
    /// The weight of a URL that was seen.
    static let urlWeight = 4
    /// The weight of a domain with either of two schemes: that has not been seen, it is only likely.
    static let domainWeight = 1

    /// For each length of a context: the contexts, and after each of them the counts of its symbols.
    private(set) var orders = [[UInt32: [Int]]](repeating: [:], count: URLModel.order + 1)

    init(_ text: TrainingText) {
        for url in text.training { add(url, weight: Self.urlWeight) }
        for domain in text.domains {
            add(Array("http://".utf8) + domain + [UInt8(ascii: "/")], weight: Self.domainWeight)
            add(Array("https://www.".utf8) + domain + [UInt8(ascii: "/")], weight: Self.domainWeight)
        }
    }

    private mutating func add(_ string: [UInt8], weight: Int) {
        var context: UInt32 = 0
        for index in 0...string.count {
            let symbol = index < string.count ? Int(string[index]) + 1 : URLModel.end
            for order in orders.indices {
                let key = context & (1 << UInt32(8 * order) - 1)
                orders[order][key, default: Self.none][symbol] += weight
            }
            if index < string.count { context = URLModel.context(context, and: string[index]) }
        }
    }

    private static let none = [Int](repeating: 0, count: URLModel.symbols)

    /// The counts that stand for a context below longer ones: after how many different bytes before the context a symbol
    /// was seen, rather than how often (Kneser and Ney's smoothing).
    ///
    /// A context at the beginning of a string has no bytes before it, and those that are as long as any are asked
    /// themselves: both keep their counts.
    func spread(order: Int) -> [UInt32: [Int]] {
        guard order < URLModel.order else { return orders[order] }
        var spread: [UInt32: [Int]] = [:]
        for (longer, counts) in orders[order + 1] {
            let key = longer & (1 << UInt32(8 * order) - 1)
            spread[key, default: Self.none].addFewer(counts)
        }
        guard order > 0 else { return spread }
        for (key, counts) in orders[order] where key >> UInt32(8 * (order - 1)) == 0 { spread[key] = counts }
        return spread
    }
}

extension [Int] {
    /// Adds counts, of which each is one URL's at most.
    fileprivate mutating func addFewer(_ counts: [Int]) {
        for index in indices { self[index] += Swift.min(counts[index], ContextCounts.urlWeight) }
    }
}
