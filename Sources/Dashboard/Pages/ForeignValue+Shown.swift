import PopulusDAP
import ResultText

extension ForeignValue {
    /// So many characters of a string are shown in a table.
    static let mostInTable = 240
    /// And so many of a group.
    static let mostOfGroup = 60

    /// The whole value as it is shown: with every byte that is no part of printable UTF-8 as `\xNN`, and a backslash doubled.
    ///
    /// It can be turned back into the bytes, so it is what is copied.
    var text: String { String(decoding: CSVWriter.escaped(bytes), as: UTF8.self) }

    /// What the template `value` shows: text, and escapes in a colour of their own.
    ///
    /// - Parameter limit: the most characters that are shown; the rest is a sign that there is more.
    func shown(limit: Int = mostInTable) -> Model {
        var runs: [(text: String, isEscape: Bool)] = []
        var count = 0
        var isCut = false
        for part in ForeignTextParts(bytes) {
            let isBackslash = part.bytes.first == UInt8(ascii: "\\")
            let isEscape = isBackslash || !part.isShown
            let text = isEscape ? Self.escape(part.bytes) : String(decoding: part.bytes, as: UTF8.self)
            count += isEscape ? text.utf8.count : 1
            guard count <= limit else {
                isCut = true
                break
            }
            if runs.last?.isEscape == isEscape {
                runs[runs.count - 1].text += text
            } else {
                runs.append((text, isEscape))
            }
        }
        return [
            "parts": runs.map { ["text": $0.text, "escape": $0.isEscape] as Model }, "cut": isCut,
            "none": bytes.isEmpty,
        ]
    }

    private static func escape(_ bytes: ArraySlice<UInt8>) -> String {
        bytes.elementsEqual("\\".utf8) ? "\\\\" : bytes.map(ForeignText.hexEscape).joined()
    }
}
