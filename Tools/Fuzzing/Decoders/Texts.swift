import FuzzTarget
import PopulusDAP
import PopulusTaskFiles

extension FuzzTarget {
    /// Files of tasks, as somebody else may have made them.
    static let taskFiles = FuzzTarget("task-files") { bytes in
        guard let file = try? TaskFile(decoding: bytes, path: "file") else { return }
        let written = file.encoded()
        let again = try? TaskFile(decoding: written, path: "file")
        precondition(again?.encoded() == written, "a task file that is written again is another one")
    }

    /// Problem documents, which a peer or a proxy sends.
    static let documents = FuzzTarget("documents") { bytes in
        guard let document = ProblemDocument(decoding: bytes) else { return }
        precondition(ProblemDocument(decoding: document.encoded()) != nil)
    }

    /// The values of header fields, and other short texts; the first byte chooses.
    static let fields = FuzzTarget("fields") { bytes in
        guard let first = bytes.first else { return }
        let rest = Array(bytes.dropFirst())
        let text = String(decoding: rest, as: UTF8.self)
        switch first % 8 {
        case 0:
            guard let type = MediaType(text) else { return }
            precondition(MediaType(type.description) == type, "\(type.description) is another media type")
        case 1: _ = ClockStatement(fieldValue: text)
        case 2: _ = StoreStatement(fieldValue: text)
        case 3: _ = LeastReports.number(text)
        case 4:
            guard let decoded = Base64URL.decode(text) else { return }
            precondition(Base64URL.encode(decoded) == text, "\(text) is not the only text of its bytes")
        case 5:
            let escaped = ForeignText.escaped(rest)
            // Joiners and styles are shown where they are spelling; nothing else is that is not printable anywhere.
            let parts = ForeignTextParts(Array(escaped.utf8))
            precondition(parts.allSatisfy(\.isShown), "\(rest) is shown as it is")
        case 6: _ = Punycode.ascii(host: text)
        default: _ = try? AggregatorURL(text)
        }
    }
}
