import ArgumentParser
import PopulusStringCodec

/// How strings become bits, and how many: what who makes or plans a task says of them.
struct StringForm {
    let encoding: any StringEncoding
    let bits: UInt16

    /// - Parameters:
    ///   - choice: the encoding as people say it.
    ///   - bits: nil for as many as that encoding has unless it is told otherwise.
    ///   - grouped: whether a group comes before each string.
    /// - Throws: `ValidationError` for what cannot be.
    init(_ choice: String, bits: UInt16?, grouped: Bool = false) throws {
        // What an encoding says of lengths is the same for every task, so it is made for none in particular.
        guard let name = StringEncodings.newestName(of: choice, grouped: grouped),
            let encoding = StringEncodings.encoding(named: name, taskID: [])
        else {
            guard !grouped || StringEncodings.newestName(of: choice) == nil else {
                throw ValidationError(
                    "--groups and --encoding \(choice) exclude each other: its values fill the path, and leave no room for a "
                        + "group; there are: bytes, url, hash")
            }
            let known = StringEncodings.choices.joined(separator: ", ")
            throw ValidationError("--encoding \(choice) is unknown; there are: \(known)")
        }
        guard let bits = bits ?? Self.usualBits(of: choice, grouped: grouped) else {
            throw ValidationError("--encoding \(choice) needs --bits, the longest string in bits, such as 1024")
        }
        self.encoding = encoding
        self.bits = bits
        try check(choice)
    }

    /// What people can say.
    static var choices: [String] { StringEncodings.choices }

    /// The bits of a task that does not say otherwise; nil where there is no number that suits most.
    ///
    /// With groups there is room for one of seven bytes more, or of eleven before a hash.
    static func usualBits(of choice: String, grouped: Bool = false) -> UInt16? {
        switch choice {
        case "url": 256 + (grouped ? 64 : 0)
        case "hash": UInt16(HashEncoding.usualBits) + (grouped ? 96 : 0)
        default: nil
        }
    }

    /// Refuses paths that no string has, or none that is not empty.
    private func check(_ choice: String) throws {
        do throws(StringEncodingError) {
            try encoding.check(bits: Int(bits))
        } catch {
            throw ValidationError("--encoding \(choice): \(error)")
        }
        guard bits >= encoding.leastBits else {
            throw ValidationError(
                "--bits \(bits) is too few for --encoding \(choice): no string but the empty one fits; give "
                    + "\(encoding.leastBits) (\(encoding.capacity(bits: encoding.leastBits))) or more, such as 1024 "
                    + "(\(encoding.capacity(bits: 1024)))")
        }
    }
}
