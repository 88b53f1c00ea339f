import PopulusDAP
import PopulusStringCodec

extension KeptTask {
    /// What the task's walks have where they list a string.
    package enum Listing: Hashable, Sendable {
        /// This value: the string as results have it.
        case value([UInt8])
        /// This value, which is the string's hash.
        case hash([UInt8])
        /// They can never list it: why the task cannot encode it.
        case never(StringEncodingError)
    }

    /// How a string is listed.
    ///
    /// In a task of hashes what looks like one of its hashes is taken for that, in large or small letters. In a task with
    /// groups the string has its group before it, and so has what is listed.
    package func listing(of string: [UInt8]) -> Listing {
        guard let encoding, let bits,
            let code = StringEncodings.encoding(named: encoding, taskID: id.bytes)
        else { return .value(string) }
        let isOfHashes = StringEncodings.hashes(of: code) != nil
        let parts = parts(of: string)
        if isOfHashes,
            let hash = Self.hash(parts?.string ?? string, bits: StringEncodings.hashBits(of: code, bits: bits))
        {
            return .value(parts.map { GroupedValue(group: $0.group, string: hash).bytes } ?? hash)
        }
        do throws(StringEncodingError) {
            guard case .complete(let value, _) = code.read(try code.path(of: string, bits: bits), bits: bits) else {
                return .value(string)
            }
            return isOfHashes ? .hash(value) : .value(value)
        } catch {
            return .never(error)
        }
    }

    /// A string of as many hexadecimal digits as a hash has, in small letters.
    private static func hash(_ string: [UInt8], bits: Int) -> [UInt8]? {
        guard string.count == (bits + 3) / 4 else { return nil }
        let small = string.map { 0x41...0x46 ~= $0 ? $0 + 0x20 : $0 }
        return small.allSatisfy { 0x30...0x39 ~= $0 || 0x61...0x66 ~= $0 } ? small : nil
    }
}
