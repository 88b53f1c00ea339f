import PopulusVDAF

/// The code `url-1`: short paths for strings that look like URLs, and a path for every string.
///
/// Each byte takes as many bits as it is unlikely after the three bytes before it, by a model that never changes; real
/// URLs take 50 bits in the median. No symbol takes more than 12 bits, so a string of n bytes has at most 12n + 14: 12 for
/// each byte and for the end, less than one in all for the reserved word's share and for rounding, which makes 12n + 13
/// whole bits, and one more since the code word is a dyadic interval inside the string's.
///
/// Spec: <doc:URLCode>
package struct URLEncoding: StringEncoding {
    package let name = "url-1"

    private let model = URLModel.url1

    package init() {}

    /// `https://www.com/`, the likeliest string.
    package let leastBits = 10

    /// On real URLs: of those with at most a quarter as many bytes as there are bits, 96 to 100 % fit.
    package func capacity(bits: Int) -> String {
        let most = (bits - 14) / 12
        guard most > 0 else { return "some of the likeliest URLs" }
        return "most URLs of at most \(bits / 4) bytes, and any string of at most \(most) byte\(most == 1 ? "" : "s")"
    }

    package func codeWord(of value: [UInt8], bits: Int) throws(StringEncodingError) -> Prefix {
        var writer = URLWriter(model)
        writer.write(value)
        let word = writer.finish()
        guard word.bitCount <= bits else { throw .tooLong(needed: word.bitCount, available: bits) }
        return word
    }

    /// Where a string's interval begins and ends has nothing to do with the tree's nodes: several of them cover it.
    package func beginning(of value: [UInt8], bits: Int) throws(StringEncodingError) -> Prefix {
        throw .noBeginnings
    }

    package func read(_ path: Prefix, bits: Int) -> PathReading {
        URLReader(model, bits: bits).appending(path).reading
    }

    package func reader(bits: Int) -> some PathReader { URLReader(model, bits: bits) }

    /// Twelve zero bits: its path is all zeros, as that of `bytes` is.
    package func reservedWord(bits: Int) -> Prefix? {
        let word = Prefix().padded(to: URLInterval.reservedBits)
        return word.bitCount <= bits ? word : nil
    }
}
