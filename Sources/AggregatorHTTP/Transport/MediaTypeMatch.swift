/// A media type with its parameters, compared as RFC 9110 §8.3.1 says.
struct MediaTypeMatch: Equatable {
    private let type: String
    private let parameters: [String: String]

    /// Type and parameter names in lower case; quotes around a parameter's value do not count.
    init(_ text: String) {
        var parts = text.split(separator: ";", omittingEmptySubsequences: true)[...]
        type = parts.popFirst().map(Self.trimmed)?.lowercased() ?? ""
        var parameters: [String: String] = [:]
        for part in parts {
            let pair = part.split(separator: "=", maxSplits: 1)
            guard let name = pair.first.map(Self.trimmed), !name.isEmpty else { continue }
            var value = pair.count == 2 ? Self.trimmed(pair[1]) : ""
            if value.count >= 2, value.first == "\"", value.last == "\"" {
                value = String(value.dropFirst().dropLast())
            }
            parameters[name.lowercased()] = value
        }
        self.parameters = parameters
    }

    /// Whether this is the other type with all of its parameters; further ones (a `version`) do not matter.
    func satisfies(_ expected: MediaTypeMatch) -> Bool {
        type == expected.type && expected.parameters.allSatisfy { parameters[$0.key] == $0.value }
    }

    private static func trimmed(_ part: Substring) -> String {
        var part = part
        while let first = part.first, first == " " || first == "\t" { part.removeFirst() }
        while let last = part.last, last == " " || last == "\t" { part.removeLast() }
        return String(part)
    }
}
