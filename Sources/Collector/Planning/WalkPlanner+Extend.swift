import StringCodec

extension WalkPlanner {
    /// Every prefix of `length` bits below `prefixes` that some string's path begins with, in ascending order.
    package func extend(_ prefixes: [PackedBits], to length: Int) -> [PackedBits] {
        extend(prefixes, to: length, atMost: .max) ?? []
    }

    /// The same, or nil if there are more than `most`.
    func extend(_ prefixes: [PackedBits], to length: Int, atMost most: Int) -> [PackedBits]? {
        var found: [PackedBits] = []
        for prefix in prefixes {
            // Depth first, the zero bit first: ascending order without sorting.
            var waiting = [prefix]
            while let next = waiting.popLast() {
                switch encoding.read(next) {
                case .complete:
                    found.append(next.padded(to: length))
                case .open(let shortest) where shortest <= bits:
                    if next.count == length {
                        found.append(next)
                    } else {
                        waiting.append(next.appending(true))
                        waiting.append(next.appending(false))
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
