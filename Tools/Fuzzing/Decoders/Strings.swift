import Client
import Foundation
import FuzzTarget
import PopulusDAP
import PopulusSchemes
import PopulusStringCodec
import PopulusVDAF

private func encoding(_ choice: UInt8) -> any StringEncoding {
    let names =
        StringEncodings.names
        + ["bytes", "url", "hash"].compactMap {
            StringEncodings.newestName(of: $0, grouped: true)
        }
    let name = names[Int(choice) % names.count]
    guard let encoding = StringEncodings.encoding(named: name, taskID: [UInt8](repeating: 7, count: 32)) else {
        preconditionFailure("\(name) is listed and unknown")
    }
    return encoding
}

extension FuzzTarget {
    /// Paths as a Collector reads them, whole and bit by bit: both say the same, and what reads as a string is its path.
    static let paths = FuzzTarget("paths") { bytes in
        guard bytes.count > 2, bytes.count < 200 else { return }
        let encoding = encoding(bytes[0])
        let path = Prefix(wholeBytes: Array(bytes.dropFirst(2)))
        // Some bits of the task are still to come.
        let bits = path.bitCount + 8 * Int(bytes[1] % 4)
        guard (try? encoding.check(bits: bits)) != nil else { return }
        let reading = encoding.read(path, bits: bits)
        let reader = encoding.reader(bits: bits).appending(path)
        precondition(reader.reading == reading, "\(encoding.name): \(reader.reading) and \(reading)")
        guard case .complete(let value, let length) = reading else { return }
        precondition(reader.certain == value && length <= bits)
        guard !StringEncodings.isOfHashes(encoding.name) else { return }
        let word = try? encoding.codeWord(of: value, bits: bits)
        precondition(word?.bitCount == length, "\(encoding.name): \(value) has another code word")
        precondition(word?.padded(to: bits) == path.padded(to: bits), "\(encoding.name): \(value) has another path")
    }

    /// Strings as clients encode them: what has a path is read from it.
    static let strings = FuzzTarget("strings") { bytes in
        guard bytes.count > 2 else { return }
        let encoding = encoding(bytes[0])
        let (bits, value) = (8 * (1 + Int(bytes[1])), Array(bytes.dropFirst(2)))
        guard (try? encoding.check(bits: bits)) != nil else { return }
        _ = try? encoding.beginning(of: value, bits: bits)
        guard let path = try? encoding.path(of: value, bits: bits) else { return }
        precondition(path.bitCount == bits)
        guard case .complete(let found, _) = encoding.read(path, bits: bits) else {
            preconditionFailure("\(encoding.name): the path of \(value) reads as no string")
        }
        let isForeign = StringEncodings.isOfHashes(encoding.name) || encoding.name == "hex"
        precondition(isForeign || found == value, "\(encoding.name): \(value) reads as \(found)")
    }

    /// Lines of a client's input, in every form and for every scheme.
    static let lines = FuzzTarget("lines") { bytes in
        // As much as a pipe holds, so that nobody waits for anybody.
        guard bytes.count > 2, bytes.count < 1 << 15 else { return }
        let form = InputForm(separator: bytes[0] & 1 == 0 ? .newline : .nul, isBinary: bytes[0] & 2 != 0)
        let scheme = schemes[Int(bytes[1]) % schemes.count]
        let reader = try? MeasurementReader(
            vdaf: scheme, encoding: scheme.stringBits == nil ? nil : encoding(bytes[0] >> 4))
        let pipe = Pipe()
        pipe.fileHandleForWriting.write(Data(bytes.dropFirst(2)))
        try? pipe.fileHandleForWriting.close()
        defer { try? pipe.fileHandleForReading.close() }
        var lines = LineReader(pipe.fileHandleForReading, form: form)
        _ = try? lines.look()
        var (count, length) = (0, 0)
        while let line = try? lines.next() {
            count += 1
            length += line.length
            precondition(line.number == count && line.bytes.count <= line.length)
            _ = try? reader?.measurement(of: line.bytes)
            values(line.bytes)
        }
        precondition(lines.bytesRead == bytes.count - 2 && length <= bytes.count - 2)
    }

    /// Encodings, as in `vdaf`.
    private static let schemeBytes: [[UInt8]] = [
        [0, 0, 0, 1, 0, 0], [0, 0, 0, 2, 0, 8, 0, 0, 0, 0, 0, 0, 0, 255],
        [0, 0, 0, 3, 0, 16, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 2],
        [0, 0, 0, 4, 0, 8, 0, 0, 0, 5, 0, 0, 0, 2],
        [0, 0, 0, 5, 0, 16, 0, 0, 0, 5, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 3], [0, 0, 0, 6, 0, 2, 0, 64],
    ]

    private static let schemes = schemeBytes.map { bytes in
        guard let configuration = try? VdafConfiguration(decoding: bytes) else { preconditionFailure("\(bytes)") }
        return configuration
    }

    private static let forms: [LineValue] = {
        var kept = LineValue.Kept()
        (kept.credentials, kept.query, kept.fragment) = (true, true, true)
        let suffixes = PublicSuffixes(list: Array("com\nuk\n*.ck\n!www.ck\nco.uk\n".utf8))
        return [
            LineValue(.url, suffixes: nil), LineValue(.url, keeping: kept, suffixes: nil),
            LineValue(.origin, suffixes: nil), LineValue(.host, suffixes: nil), LineValue(.site, suffixes: suffixes),
        ]
    }()

    /// A URL in one form is in that form.
    private static func values(_ line: [UInt8]) {
        for (index, form) in forms.enumerated() {
            guard let value = try? form.string(of: line), index < 3 else { continue }
            let again = try? form.string(of: value)
            precondition(again == value, "\(line) becomes \(value), and that \(again ?? [])")
        }
    }
}
