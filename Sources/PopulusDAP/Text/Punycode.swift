import Foundation

/// The form that a name with letters beyond ASCII has in the DNS: `bücher.example` is `xn--bcher-kva.example`.
///
/// For advice only: a name is taken in small letters and composed (NFKC), without the further mappings of UTS #46. What is
/// advised is therefore shown, and never used unasked.
///
/// Spec: RFC 3492, RFC 5891 §4
package enum Punycode {
    private static let (base, least, most, skew, damp) = (36, 1, 26, 38, 700)
    private static let (firstBias, firstCode) = (72, 128)

    /// A host name in ASCII; nil where a label would be longer than the DNS permits.
    package static func ascii(host: String) -> String? {
        let composed = host.lowercased().precomposedStringWithCompatibilityMapping
        var labels: [String] = []
        for label in composed.split(separator: ".", omittingEmptySubsequences: false) {
            let scalars = label.unicodeScalars.map { Int($0.value) }
            guard scalars.contains(where: { $0 >= firstCode }) else {
                labels.append(String(label))
                continue
            }
            guard let encoded = encode(scalars), encoded.utf8.count <= 59 else { return nil }
            labels.append("xn--" + encoded)
        }
        return labels.joined(separator: ".")
    }

    /// A label's code points as letters, digits and hyphens; nil where a number becomes too large.
    static func encode(_ scalars: [Int]) -> String? {
        guard scalars.count <= 255 else { return nil }
        var output = scalars.filter { $0 < firstCode }.map { UInt8($0) }
        let basic = output.count
        var handled = basic
        if basic > 0 { output.append(UInt8(ascii: "-")) }
        var (code, delta, bias) = (firstCode, 0, firstBias)
        while handled < scalars.count {
            guard let next = scalars.filter({ $0 >= code }).min() else { return nil }
            delta += (next - code) * (handled + 1)
            code = next
            for scalar in scalars {
                if scalar < code { delta += 1 }
                guard scalar == code else { continue }
                append(delta, bias: bias, to: &output)
                bias = adapt(delta, points: handled + 1, isFirst: handled == basic)
                delta = 0
                handled += 1
            }
            delta += 1
            code += 1
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// A number in digits of variable weight, RFC 3492 §3.3.
    private static func append(_ number: Int, bias: Int, to output: inout [UInt8]) {
        var rest = number
        var weight = base
        while true {
            let threshold = min(max(weight - bias, least), most)
            guard rest >= threshold else { break }
            output.append(digit(threshold + (rest - threshold) % (base - threshold)))
            rest = (rest - threshold) / (base - threshold)
            weight += base
        }
        output.append(digit(rest))
    }

    private static func digit(_ value: Int) -> UInt8 {
        value < 26 ? UInt8(ascii: "a") + UInt8(value) : UInt8(ascii: "0") + UInt8(value - 26)
    }

    private static func adapt(_ delta: Int, points: Int, isFirst: Bool) -> Int {
        var delta = isFirst ? delta / damp : delta / 2
        delta += delta / points
        var steps = 0
        while delta > (base - least) * most / 2 {
            delta /= base - least
            steps += base
        }
        return steps + (base - least + 1) * delta / (delta + skew)
    }
}
