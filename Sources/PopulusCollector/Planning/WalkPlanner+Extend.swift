import PopulusStringCodec
import PopulusVDAF

extension WalkPlanner {
    /// The survivors that the aggregators let a walk go on with, in their order: those with the most votes.
    ///
    /// So many prefixes can have `min_threshold` votes less the margin among `reports`, and no step may descend from more.
    /// Without noise there are never more; noise can lift others to the count that goes on, which is the threshold less the
    /// same margin, and a refusal would be final.
    package func permitted(_ survivors: [Survivor], ofReports reports: UInt64) -> [Survivor] {
        let most = reports / (bounds.minThreshold - bounds.thresholdMargin)
        guard UInt64(survivors.count) > most else { return survivors }
        // Ties go to the smaller prefix: the order of survivors.
        let places = survivors.indices.sorted { (survivors[$1].votes, $0) < (survivors[$0].votes, $1) }
        return places.prefix(Int(most)).sorted().map { survivors[$0] }
    }

    /// Every prefix of `length` bits below `prefixes` that some string's path begins with, in ascending order.
    package func extend(_ prefixes: [Prefix], to length: Int) -> [Prefix] {
        extend(prefixes, to: length, atMost: .max) ?? []
    }

    /// The same, or nil if there are more than `most`.
    func extend(_ prefixes: [Prefix], to length: Int, atMost most: Int) -> [Prefix]? {
        let root: any PathReader = encoding.reader(bits: bits)
        return extend(prefixes, from: root, to: length, atMost: most)
    }

    private func extend(
        _ prefixes: [Prefix], from root: some PathReader, to length: Int, atMost most: Int
    ) -> [Prefix]? {
        var found: [Prefix] = []
        for prefix in prefixes {
            // Depth first, the zero bit first: ascending order without sorting. Each node goes on where its parent was.
            var waiting = [(prefix: prefix, reader: root.appending(prefix))]
            while let (next, reader) = waiting.popLast() {
                switch reader.reading {
                case .complete, .other:
                    found.append(next.padded(to: length))
                case .open(let shortest) where shortest <= bits:
                    if next.bitCount == length {
                        found.append(next)
                    } else {
                        waiting.append((next.appending(true), reader.appending(true)))
                        waiting.append((next.appending(false), reader.appending(false)))
                    }
                case .open, .impossible:
                    continue
                }
                if found.count > most { return nil }
            }
        }
        return found
    }
}
