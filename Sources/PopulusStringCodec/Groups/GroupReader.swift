import PopulusVDAF

/// Reads paths of ``GroupedEncoding``: the group, then the string with the reader of its encoding.
struct GroupReader: PathReader {
    private enum Place {
        case group(BytesReader)
        /// The group has ended; `value` is the beginning of every value, and `taken` bits of the string's are read.
        case string(value: [UInt8], groupBits: Int, taken: Int, any PathReader)
        case impossible
    }

    private let encoding: GroupedEncoding
    private let bits: Int
    /// The fewest bits of a string's code word, or a number below.
    private let leastStringBits: Int
    private var place = Place.group(BytesReader())
    private var count = 0

    init(_ encoding: GroupedEncoding, bits: Int) {
        self.encoding = encoding
        self.bits = bits
        let strings = encoding.strings.reader(bits: encoding.stringBits(after: 0, of: bits))
        leastStringBits = if case .open(let shortest) = strings.reading { shortest } else { 0 }
    }

    var reading: PathReading {
        switch place {
        case .impossible: .impossible
        case .group(let reader):
            // It never ends here: with its end the string begins.
            if case .open(let shortest) = reader.reading {
                // With eight bits only the reserved word ends.
                .open(shortest: shortest == 8 ? 8 : shortest + leastStringBits)
            } else {
                reader.reading
            }
        case .string(let value, let groupBits, _, let reader):
            switch reader.reading {
            case .open(let shortest): .open(shortest: groupBits + shortest)
            case .complete(let string, let length): .complete(value: value + string, length: groupBits + length)
            // The reserved word is in no group.
            case .other, .impossible: .impossible
            }
        }
    }

    var certain: [UInt8] {
        switch place {
        case .impossible: []
        case .group(let reader): reader.certain
        case .string(let value, _, _, let reader): value + reader.certain
        }
    }

    func appending(_ bit: Bool) -> Self {
        var reader = self
        reader.append(bit)
        return reader
    }

    /// Once the string has begun its own reader takes the rest at once, and may be faster so.
    func appending(_ path: Prefix) -> Self {
        var reader = self
        var index = 0
        while index < path.bitCount {
            if case .string(let value, let groupBits, 0, let strings) = reader.place, encoding.fixedBits == nil {
                let rest = Prefix(bits: (index..<path.bitCount).map { path.bit($0) })
                reader.place = .string(value: value, groupBits: groupBits, taken: 0, strings.appending(rest))
                return reader
            }
            reader.append(path.bit(index))
            index += 1
        }
        return reader
    }

    private mutating func append(_ bit: Bool) {
        count += 1
        switch place {
        case .impossible: break
        case .group(let reader): place = Self.place(reader.appending(bit), after: count, encoding, bits: bits)
        case .string(let value, let groupBits, let taken, let reader):
            guard let fixedBits = encoding.fixedBits else {
                // How many were taken matters to strings of one length alone.
                place = .string(value: value, groupBits: groupBits, taken: 0, reader.appending(bit))
                return
            }
            if taken < fixedBits {
                place = .string(value: value, groupBits: groupBits, taken: taken + 1, reader.appending(bit))
            } else if bit {
                place = .impossible
            }
        }
    }

    /// Where a reader stands after one bit more of the group.
    private static func place(
        _ reader: BytesReader, after count: Int, _ encoding: GroupedEncoding, bits: Int
    ) -> Place {
        switch reader.reading {
        case .open:
            return reader.certain.last == GroupedValue.separator ? .impossible : .group(reader)
        case .other: return .group(reader)
        case .impossible: return .impossible
        case .complete(let group, _):
            guard !group.isEmpty else { return .impossible }
            return .string(
                value: group + [GroupedValue.separator], groupBits: count, taken: 0,
                encoding.strings.reader(bits: encoding.stringBits(after: count, of: bits)))
        }
    }
}
