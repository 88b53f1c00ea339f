/// Text in the room that a terminal has.
package enum Wrapping {
    /// The text in lines of at most `width` columns; where they would be more than `most`, its middle is left out.
    package static func lines(_ text: String, width: Int, most: Int) -> [String] {
        let width = max(2, width)
        var lines: [String] = []
        var (line, used) = ("", 0)
        for character in shortened(text, width: (width - 1) * most + 1) {
            let columns = columns(of: character)
            if used + columns > width {
                lines.append(line)
                (line, used) = ("", 0)
            }
            line.append(character)
            used += columns
        }
        return lines + [line]
    }

    /// A sentence in lines of less than `width` columns, broken at spaces; in one where there is no width.
    package static func words(_ text: String, width: Int?) -> [String] {
        guard let width else { return [text] }
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            if !line.isEmpty, columns(of: line) + 1 + columns(of: String(word)) >= width {
                lines.append(line)
                line = ""
            }
            line += (line.isEmpty ? "" : " ") + word
        }
        return lines + [line]
    }

    /// The text in at most `width` columns, with `…` for its middle where it is longer: beginnings and ends tell strings
    /// such as URLs apart.
    package static func shortened(_ text: String, width: Int) -> String {
        guard columns(of: text) > width else { return text }
        let room = max(0, width - 1)
        return take(text, room - room / 2) + "…" + String(take(String(text.reversed()), room / 2).reversed())
    }

    /// The text in at most `width` columns, with `…` for its end where it is longer.
    package static func beginning(of text: String, width: Int) -> String {
        columns(of: text) <= width ? text : take(text, max(0, width - 1)) + "…"
    }

    /// How many columns of a terminal a text takes.
    package static func columns(of text: String) -> Int { text.reduce(0) { $0 + columns(of: $1) } }

    /// As many characters from the beginning as fit.
    private static func take(_ text: String, _ columns: Int) -> String {
        var (taken, used) = ("", 0)
        for character in text {
            used += Self.columns(of: character)
            guard used <= columns else { break }
            taken.append(character)
        }
        return taken
    }

    /// East Asian wide and full-width characters and emoji take two, and marks that combine with others none.
    ///
    /// A character of several letters, such as a syllable of Devanagari, takes what its letters take. One that a joiner
    /// or a variation selector makes of several emoji takes two.
    ///
    /// Spec: UAX #11, by blocks
    private static func columns(of character: Character) -> Int {
        let widths = character.unicodeScalars.map(columns(of:))
        let isEmoji =
            character.unicodeScalars.count > 1
            && character.unicodeScalars.contains { $0.value == 0xfe0f || $0.properties.isEmojiPresentation }
        return isEmoji ? 2 : widths.reduce(0, +)
    }

    private static func columns(of scalar: Unicode.Scalar) -> Int {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        default: break
        }
        // Vowels and final consonants of Hangul, drawn into the syllable that their first consonant takes.
        if (0x1160...0x11ff).contains(scalar.value) { return 0 }
        return wide.contains { $0.contains(scalar.value) } || scalar.properties.isEmojiPresentation ? 2 : 1
    }

    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115f, 0x2e80...0x303e, 0x3041...0xa4cf, 0xa960...0xa97f, 0xac00...0xd7a3, 0xf900...0xfaff,
        0xfe30...0xfe6f, 0xff01...0xff60, 0xffe0...0xffe6, 0x1f300...0x1f64f, 0x1f680...0x1f6ff, 0x1f900...0x1faff,
        0x20000...0x3fffd,
    ]
}
