import PopulusDAP

/// Names and values in two columns, of which any value may be foreign.
///
/// A value that a terminal breaks could go on at the beginning of a line, and look there like a row of its own: so lines
/// are broken here, under the value. Of several spaces only the first is shown as one: they would align such a row.
struct SheetRows {
    /// The width of the terminal; nothing where there is none, and no line is broken.
    let columns: Int?

    func text(of rows: [(String, String)]) -> String {
        let width = (rows.map(\.0.count).max() ?? 0) + 2
        return rows.map { name, value in
            let room = columns.map { max(12, $0 - width - 1) } ?? .max
            let lines = Self.lines(Self.tamed(value), room: room)
            return Self.padded(name, width) + lines.joined(separator: "\n" + Self.padded("", width)) + "\n"
        }.joined()
    }

    private static func padded(_ name: String, _ width: Int) -> String {
        name + String(repeating: " ", count: max(0, width - name.count))
    }

    private static func tamed(_ value: String) -> String {
        var tamed = ""
        var last: Character?
        for character in ForeignText.escaped(value) {
            tamed += character == " " && last == " " ? "\\x20" : String(character)
            last = character
        }
        return tamed
    }

    /// Parts of at most `room` columns, broken at spaces where there are some.
    private static func lines(_ text: String, room: Int) -> [String] {
        var lines: [String] = []
        var rest = text[...]
        while !rest.isEmpty {
            var (end, used) = (rest.startIndex, 0)
            while end < rest.endIndex, used + columns(of: rest[end]) <= room || end == rest.startIndex {
                used += columns(of: rest[end])
                end = rest.index(after: end)
            }
            if end < rest.endIndex, let space = rest[..<end].lastIndex(of: " "), space > rest.startIndex {
                lines.append(String(rest[..<space]))
                rest = rest[rest.index(after: space)...]
            } else {
                lines.append(String(rest[..<end]))
                rest = rest[end...]
            }
        }
        return lines.isEmpty ? [""] : lines
    }

    /// The columns that a sign takes, at most: whatever is beyond ASCII may be wide, and a sign may have several parts.
    private static func columns(of character: Character) -> Int {
        character.isASCII ? 1 : 2 * character.unicodeScalars.count
    }
}
