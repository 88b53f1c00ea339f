import PopulusStringCodec
import PopulusVDAF

/// A tree of paths in which code words end anywhere, by chance.
///
/// One node in `rarity` holds one, and every other node has both ways on. The same seed gives the same tree.
struct RandomTreeEncoding: StringEncoding {
    let seed: UInt64
    let rarity: UInt64

    let name = "random"
    let leastBits = 1

    func codeWord(of value: [UInt8], bits: Int) throws(StringEncodingError) -> Prefix { Prefix(wholeBytes: value) }
    func beginning(of value: [UInt8], bits: Int) throws(StringEncodingError) -> Prefix { Prefix(wholeBytes: value) }
    func capacity(bits: Int) -> String { "strings" }

    func reader(bits: Int) -> some PathReader { RandomTreeReader(encoding: self, bits: bits, state: seed) }
    func read(_ path: Prefix, bits: Int) -> PathReading { reader(bits: bits).appending(path).reading }

    /// A path that holds a code word, drawn bit by bit.
    func path(bits: Int, using random: inout SplitMix) -> Prefix {
        var path = Prefix()
        var reader = RandomTreeReader(encoding: self, bits: bits, state: seed)
        while !reader.reading.isComplete {
            let bit = Bool.random(using: &random)
            path.append(bit)
            reader = reader.appending(bit)
        }
        return path.padded(to: bits)
    }
}

struct RandomTreeReader: PathReader {
    let encoding: RandomTreeEncoding
    let bits: Int
    /// Mixed from all bits so far.
    var state: UInt64
    var length = 0
    /// Where the code word ended, and whether only zero bits came since.
    var end: Int?
    var isPadded = true

    var reading: PathReading {
        guard let end else { return .open(shortest: min(length + 1, bits)) }
        return isPadded ? .complete(value: [], length: end) : .impossible
    }

    let certain: [UInt8] = []

    func appending(_ bit: Bool) -> Self {
        var next = self
        next.length += 1
        guard end == nil else {
            next.isPadded = isPadded && !bit
            return next
        }
        var mixer = SplitMix(state: state ^ (bit ? 0x5bd1_e995_0000_0001 : 0x1b87_3593_0000_0000))
        next.state = mixer.next()
        if next.length == bits || next.state % encoding.rarity == 0 { next.end = next.length }
        return next
    }
}
