import Foundation

/// The host of a URL in its one form.
///
/// | host | form |
/// | --- | --- |
/// | a name | small letters, in ASCII (UTS #46, Punycode), without percent-encoding |
/// | IPv4 | as it is: four numbers |
/// | IPv6 | as short as RFC 5952 has it, in brackets |
/// | of a scheme that is not one of the URL Standard's own | as it is, since the standard keeps its capitals |
///
/// Spec: RFC 3986 §3.2.2, §6.2.2; URL Standard §3.5
enum URLHost {
    /// The form of a host; the empty host is itself.
    ///
    /// - Parameter isSpecial: whether the scheme is one of those whose hosts are names of the DNS.
    static func canonical(_ host: ArraySlice<UInt8>, isSpecial: Bool) throws(URLRefusal) -> [UInt8] {
        if host.first == UInt8(ascii: "[") { return try address6(host.dropFirst().dropLast()) }
        guard isSpecial else {
            guard host.allSatisfy({ isName($0) || $0 == UInt8(ascii: "%") || $0 >= 0x80 }) else { throw .host }
            return host.flatMap { $0 < 0x80 ? [$0] : URLEscape.encoded($0) }
        }
        let name = try ascii(try URLEscape.decoded(host))
        guard name.allSatisfy(isName) else { throw .host }
        if endsInNumber(name), !isAddress4(name) { throw .numericHost }
        return name
    }

    /// Whether the last label is one number or nothing but digits, so that browsers take the name for an address.
    static func endsInNumber(_ name: [UInt8]) -> Bool {
        var labels = name.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        if labels.count > 1, labels.last?.isEmpty == true { labels.removeLast() }
        guard let last = labels.last, !last.isEmpty else { return false }
        return last.allSatisfy(\.isDigit)
            || (last.starts(with: "0x".utf8) && last.dropFirst(2).allSatisfy { $0.hexValue != nil })
    }

    /// Four numbers up to 255 without leading zeros.
    private static func isAddress4(_ name: [UInt8]) -> Bool {
        let numbers = name.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return numbers.count == 4
            && numbers.allSatisfy { digits in
                let text = String(decoding: digits, as: UTF8.self)
                return digits.allSatisfy(\.isDigit) && UInt8(text).map { "\($0)" == text } == true
            }
    }

    /// What a name may have in both standards: RFC 3986's unreserved characters and sub-delimiters.
    private static func isName(_ byte: UInt8) -> Bool {
        byte.isLetter || byte.isDigit || "-._~!$&'()*+,;=".utf8.contains(byte)
    }

    /// A name in small letters, with letters beyond ASCII in the form that the DNS has.
    private static func ascii(_ name: [UInt8]) throws(URLRefusal) -> [UInt8] {
        guard name.contains(where: { $0 >= 0x80 }) else { return name.map(\.lowercased) }
        guard let text = String(validating: name, as: UTF8.self),
            !name.contains(where: { $0 < 0x80 && !isName($0) }),
            // The system's own URLs do the mapping of UTS #46.
            let encoded = URLComponents(string: "http://\(text)/")?.encodedHost
        else { throw .host }
        return Array(encoded.utf8)
    }

    /// An IPv6 address in brackets: small letters, no leading zeros, the first longest run of zeros left out.
    private static func address6(_ digits: ArraySlice<UInt8>) throws(URLRefusal) -> [UInt8] {
        var address = in6_addr()
        guard digits.allSatisfy({ $0.hexValue != nil || ":.".utf8.contains($0) }),
            inet_pton(AF_INET6, String(decoding: digits, as: UTF8.self), &address) == 1
        else { throw .host }
        let words = withUnsafeBytes(of: &address) { bytes in
            (0..<8).map { UInt16(bytes[2 * $0]) << 8 | UInt16(bytes[2 * $0 + 1]) }
        }
        let run = longestZeros(words)
        func text(_ words: ArraySlice<UInt16>) -> String { words.map { String($0, radix: 16) }.joined(separator: ":") }
        let form = run.map { "\(text(words[..<$0.lowerBound]))::\(text(words[$0.upperBound...]))" } ?? text(words[...])
        return Array("[\(form)]".utf8)
    }

    /// The first longest run of two or more zeros.
    private static func longestZeros(_ words: [UInt16]) -> Range<Int>? {
        var longest: Range<Int>?
        var start = 0
        for (index, word) in words.enumerated() {
            guard word == 0 else {
                start = index + 1
                continue
            }
            let run = start..<(index + 1)
            if run.count >= 2, run.count > longest?.count ?? 0 { longest = run }
        }
        return longest
    }
}

/// Bytes as `%NN`.
enum URLEscape {
    private static let digits = Array("0123456789ABCDEF".utf8)

    static func encoded(_ byte: UInt8) -> [UInt8] {
        [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }

    /// The text with those bytes encoded that may stand in no URL: beyond ASCII, and those named.
    static func encoded(_ text: ArraySlice<UInt8>, also bytes: String) -> [UInt8] {
        var encoded: [UInt8] = []
        encoded.reserveCapacity(text.count)
        for byte in text {
            if byte >= 0x80 || bytes.utf8.contains(byte) {
                encoded += Self.encoded(byte)
            } else {
                encoded.append(byte)
            }
        }
        return encoded
    }

    /// A host with every `%NN` decoded.
    static func decoded(_ text: ArraySlice<UInt8>) throws(URLRefusal) -> [UInt8] {
        var decoded: [UInt8] = []
        var rest = text
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                decoded.append(byte)
                continue
            }
            guard let high = rest.popFirst()?.hexValue, let low = rest.popFirst()?.hexValue else { throw .host }
            decoded.append(high << 4 | low)
        }
        return decoded
    }
}
