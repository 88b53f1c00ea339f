/// Text that somebody else wrote, made fit to be shown: on a terminal, in a log, in a file for people.
///
/// A problem document, a task's name or a certificate's can hold escape codes that rewrite a terminal, line ends that forge
/// a line of a log, and marks that turn the direction of a line. So whatever is foreign goes through here, at two places:
///
/// - where it comes in, as ``ProblemDocument``, a task's file or a connection's failure: such text is stored and handed on,
///   and next to our own words nothing tells its line ends from ours;
/// - where it goes out, as all that the commands write to a terminal and all that a server logs: nothing can be forgotten
///   there.
///
/// Twice does no harm: what is escaped is printable and stays as it is. It can therefore not be undone; see `CSVWriter` for
/// what can.
package enum ForeignText {
    /// The most characters that are shown of one text.
    package static let longest = 1000

    /// The text with every byte that is no part of printable UTF-8 as `\xNN`, cut with `…` after `limit` characters.
    package static func escaped(_ bytes: [UInt8], limit: Int = longest) -> String {
        var shown: [UInt8] = []
        var count = 0
        for part in ForeignTextParts(bytes) {
            // What joins two signs is not cut off from the second one.
            guard count < limit, !part.isJoiner || limit - count > 1 else {
                return String(decoding: shown, as: UTF8.self) + "…"
            }
            if part.isShown {
                shown += part.bytes
                count += 1
            } else {
                part.bytes.forEach { shown += hexEscape($0).utf8 }
                count += 4 * part.bytes.count
            }
        }
        return String(decoding: shown, as: UTF8.self)
    }

    /// The same of text that is UTF-8 already.
    package static func escaped(_ text: String, limit: Int = longest) -> String {
        escaped(Array(text.utf8), limit: limit)
    }

    /// Our own words with whatever they quote, of any length: line feeds stay.
    package static func escapedLines(_ text: String) -> String {
        Array(text.utf8).split(separator: 0x0a, omittingEmptySubsequences: false)
            .map { escaped(Array($0), limit: .max) }.joined(separator: "\n")
    }

    /// The scalar that the bytes begin with and its length; nothing and a byte if they begin with what is not UTF-8.
    package static func firstScalar(of bytes: ArraySlice<UInt8>) -> (scalar: Unicode.Scalar?, length: Int) {
        var decoder = UTF8()
        var iterator = bytes.makeIterator()
        guard case .scalarValue(let scalar) = decoder.decode(&iterator) else { return (nil, 1) }
        return (scalar, UTF8.width(scalar))
    }

    /// Whether a reader sees the scalar wherever it stands, or it is a plain space.
    ///
    /// Controls (C0, DEL, C1), formats (which may turn the direction of a line, or hide a text in tags), unassigned and
    /// private scalars are not printable, nor are separators other than the space, nor what fonts show as nothing.
    /// See ``ForeignTextParts`` for what is printable at some places.
    package static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        case .spaceSeparator: scalar == " "
        // A braille pattern without a dot is a blank.
        default: !scalar.properties.isDefaultIgnorableCodePoint && scalar != "\u{2800}"
        }
    }

    /// A byte as `\xNN`.
    package static func hexEscape(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16)
        return "\\x" + (byte < 16 ? "0" : "") + digits
    }
}
