import PopulusStringCodec
import PopulusVDAF
import Testing

@Suite struct URLReaderTests {
    private let encoding = URLEncoding()

    /// A path whose first bits lead towards a random string, and then away from it.
    private func path(_ random: inout SplitMix, like words: [Prefix], bits: Int) -> Prefix {
        let word = words[Int(random.next() % UInt64(words.count))]
        let kept = Int(random.next() % UInt64(word.bitCount + 1))
        var path = word.ancestor(level: min(kept, bits) - 1)
        // Where a bit is turned, the neighbourhood of the end of an interval is met most often.
        let isNear = random.next() % 2 == 0
        while path.bitCount < bits {
            let turned = path.bitCount == kept && kept < word.bitCount
            let own = path.bitCount < word.bitCount ? word.bit(path.bitCount) : false
            path.append(isNear ? own != turned : random.next() % 2 == 0)
        }
        return path
    }

    /// At every depth of many paths: what is read agrees with what the string's own path says, and with reading afresh.
    @Test(arguments: [1, 2, 3] as [UInt64]) func everyPathIsReadInOneWay(seed: UInt64) throws {
        var random = SplitMix(state: seed)
        let words = try URLSamples.strings(count: 500, seed: seed).map { try encoding.codeWord(of: $0, bits: 4096) }
        for _ in 0..<1_500 {
            let bits = 16 + Int(random.next() % 200)
            let path = path(&random, like: words, bits: bits)
            var reader = encoding.reader(bits: bits)
            var wasImpossible = false
            var certain: [UInt8] = []
            for length in 0...bits {
                if length > 0 { reader = reader.appending(path.bit(length - 1)) }
                let prefix = path.ancestor(level: length - 1)
                let reading = encoding.read(prefix, bits: bits)
                #expect(reader.reading == reading, "seed \(seed)")
                #expect(reader.certain.starts(with: certain), "seed \(seed)")
                certain = reader.certain
                if wasImpossible { #expect(reading == .impossible, "seed \(seed): \(prefix)") }
                wasImpossible = reading == .impossible
                try check(reading, at: prefix, bits: bits, reader, seed: seed)
            }
        }
    }

    private func check(
        _ reading: PathReading, at prefix: Prefix, bits: Int, _ reader: any PathReader, seed: UInt64
    ) throws {
        switch reading {
        case .complete(let value, let length):
            let word = try encoding.codeWord(of: value, bits: bits)
            #expect(word.bitCount == length && word.padded(to: prefix.bitCount) == prefix, "seed \(seed): \(prefix)")
            #expect(reader.certain == value)
        case .other(let length):
            #expect(encoding.reservedWord(bits: bits)?.bitCount == length && prefix.bytes.allSatisfy { $0 == 0 })
        case .open(let shortest):
            #expect(shortest > prefix.bitCount)
            let children = [false, true].map { encoding.read(prefix.appending($0), bits: bits) }
            #expect(!children.allSatisfy { $0 == .impossible }, "seed \(seed): \(prefix)")
        case .impossible:
            #expect(prefix.bitCount > 0)
        }
    }

    /// Every node down to a depth: an open one has a child that is possible, each string is complete at one node only, and
    /// whatever is complete is its string's code word.
    @Test func theTopOfTheTreeIsRight() throws {
        let bits = 20
        var values: Set<[UInt8]> = []
        var waiting = [(Prefix(), encoding.reader(bits: bits))]
        while let (prefix, reader) = waiting.popLast() {
            switch reader.reading {
            case .complete(let value, let length):
                #expect(length == prefix.bitCount && values.insert(value).inserted, "\(prefix)")
                #expect(try encoding.codeWord(of: value, bits: bits) == prefix)
            case .other: #expect(prefix == encoding.reservedWord(bits: bits))
            case .impossible: continue
            case .open(let shortest):
                // Near the end the shortest length is exact: nothing is asked for that cannot end.
                guard shortest <= bits else {
                    #expect(prefix.bitCount == bits || bits - prefix.bitCount <= 4)
                    continue
                }
                for bit in [false, true] { waiting.append((prefix.appending(bit), reader.appending(bit))) }
            }
        }
        #expect(values.contains([]) && values.count > 100)
        // Each string that fits was met.
        for value in (0...255).map({ [UInt8($0)] }) + URLSamples.strings(count: 3_000, seed: 9) {
            let fits = (try? encoding.codeWord(of: value, bits: bits)) != nil
            #expect(values.contains(value) == fits, "\(value)")
        }
    }

    /// In the last four bits of a path the shortest word is known exactly, as looking at every path below shows.
    @Test(arguments: [5] as [UInt64]) func nearTheEndTheShortestWordIsExact(seed: UInt64) throws {
        func ends(_ reader: any PathReader, after bits: Int) -> Bool {
            guard bits > 0 else { return reader.reading.isComplete }
            return [false, true].contains { ends(reader.appending($0), after: bits - 1) }
        }
        var random = SplitMix(state: seed)
        let words = try URLSamples.strings(count: 500, seed: seed).map { try encoding.codeWord(of: $0, bits: 4096) }
        var seen = [0, 0]
        for _ in 0..<3_000 {
            let word = words[Int(random.next() % UInt64(words.count))]
            let length = Int(random.next() % UInt64(word.bitCount))
            let left = Int(random.next() % 4) + 1
            let reader = encoding.reader(bits: length + left).appending(word.ancestor(level: length - 1))
            guard case .open(let shortest) = reader.reading else { throw CancellationError() }
            let nearest = (1...left).first { ends(reader, after: $0) }
            #expect(shortest == nearest.map { length + $0 } ?? length + left + 1, "seed \(seed): \(word), \(length)")
            seen[nearest == nil ? 0 : 1] += 1
        }
        #expect(seen.allSatisfy { $0 > 100 }, "\(seen)")
    }

    /// The number of bits with which some string can be encoded, found by looking at every shorter path.
    @Test func theLeastBitsAreTheShortestWord() {
        func hasString(_ reader: any PathReader, depth: Int) -> Bool {
            switch reader.reading {
            case .complete(let value, _): !value.isEmpty
            case .other, .impossible: false
            case .open: depth > 0 && [false, true].contains { hasString(reader.appending($0), depth: depth - 1) }
            }
        }
        let root = encoding.reader(bits: 64)
        #expect(hasString(root, depth: encoding.leastBits) && !hasString(root, depth: encoding.leastBits - 1))
    }

    @Test func partsOfAStringAreCertain() throws {
        let value = Array("https://www.debian.org/doc/".utf8)
        let path = try encoding.path(of: value, bits: 256)
        var known = 0
        for length in 0...path.bitCount {
            let certain = encoding.reader(bits: 256).appending(path.ancestor(level: length - 1)).certain
            #expect(value.starts(with: certain) && certain.count >= known)
            known = certain.count
        }
        #expect(known == value.count)
    }
}
