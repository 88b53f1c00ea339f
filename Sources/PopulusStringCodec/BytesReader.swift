import PopulusVDAF

/// Reads paths of ``BytesEncoding``.
struct BytesReader: PathReader {
    private enum Place {
        case open, complete, other, impossible
    }

    private var place = Place.open
    /// The whole bytes of the string so far.
    private(set) var certain: [UInt8] = []
    /// The bits of the byte that has begun, its first one the most significant.
    private var begun: UInt8 = 0
    private var begunBits: UInt8 = 0

    var reading: PathReading {
        switch place {
        // A byte that has begun with a one bit is not the terminator: one more byte must follow it.
        case .open: .open(shortest: 8 * (certain.count + (begun == 0 ? 1 : 2)))
        case .complete: .complete(value: certain, length: 8 * (certain.count + 1))
        case .other: .other(length: 8)
        case .impossible: .impossible
        }
    }

    func appending(_ bit: Bool) -> Self {
        var reader = self
        reader.append(bit)
        return reader
    }

    func appending(_ path: Prefix) -> Self {
        var reader = self
        var index = 0
        while index < path.bitCount {
            if reader.begunBits == 0, index % 8 == 0, path.bitCount - index >= 8 {
                reader.append(path.bytes[index / 8])
                index += 8
            } else {
                reader.append(path.bit(index))
                index += 1
            }
        }
        return reader
    }

    private mutating func append(_ bit: Bool) {
        guard place == .open else {
            if bit { place = .impossible }
            return
        }
        if bit { begun |= 0x80 >> begunBits }
        begunBits += 1
        guard begunBits == 8 else { return }
        let byte = begun
        (begun, begunBits) = (0, 0)
        append(byte)
    }

    private mutating func append(_ byte: UInt8) {
        guard place == .open else {
            if byte != 0 { place = .impossible }
            return
        }
        switch byte {
        case BytesEncoding.terminator: place = .complete
        case 0: place = certain.isEmpty ? .other : .impossible
        default: certain.append(byte)
        }
    }
}
