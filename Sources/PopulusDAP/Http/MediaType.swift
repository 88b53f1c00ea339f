/// A media type with its parameters, as in a Content-Type header field.
///
/// Spec: RFC 9110 §8.3.1
package struct MediaType: Hashable, Sendable, CustomStringConvertible {
    /// Type and subtype in lower case, such as `application/ppm-dap`.
    package let essence: String

    /// Names in lower case; values as they were, without quotes.
    package let parameters: [String: String]

    package init(essence: String, parameters: [String: String] = [:]) {
        self.essence = essence.lowercased()
        self.parameters = parameters
    }

    /// Fails on text that is not a media type, and on a repeated parameter.
    package init?(_ text: String) {
        var scanner = MediaTypeScanner(text)
        scanner.skipSpace()
        guard let type = scanner.token(), scanner.skip("/"), let subtype = scanner.token() else { return nil }
        var parameters: [String: String] = [:]
        scanner.skipSpace()
        while !scanner.isAtEnd {
            guard scanner.skip(";") else { return nil }
            scanner.skipSpace()
            // RFC 9110 §5.6.6 allows empty parameters.
            if scanner.isAtEnd || scanner.peek(";") { continue }
            guard let name = scanner.token()?.lowercased(), scanner.skip("="), let value = scanner.value(),
                parameters.updateValue(value, forKey: name) == nil
            else { return nil }
            scanner.skipSpace()
        }
        essence = (type + "/" + subtype).lowercased()
        self.parameters = parameters
    }

    /// Whether a received type is this one.
    ///
    /// Parameters that this one does not name, such as DAP's `version` hint, are ignored.
    package func matches(_ received: MediaType) -> Bool {
        essence == received.essence && parameters.allSatisfy { received.parameters[$0.key] == $0.value }
    }

    /// Whether the text of a Content-Type header field is this media type.
    package func matches(_ header: String?) -> Bool {
        guard let header, let received = MediaType(header) else { return false }
        return matches(received)
    }

    /// The text for a header field, with the parameters in alphabetical order.
    package var description: String {
        parameters.sorted { $0.key < $1.key }.reduce(essence) { $0 + ";\($1.key)=\(Self.text(of: $1.value))" }
    }

    /// A value as it is written: in quotes, unless it is a token.
    private static func text(of value: String) -> String {
        guard !MediaTypeScanner.isToken(value) else { return value }
        let quoted = value.unicodeScalars.reduce(into: String.UnicodeScalarView()) { quoted, scalar in
            if scalar == "\"" || scalar == "\\" { quoted.append("\\") }
            quoted.append(scalar)
        }
        return "\"\(String(quoted))\""
    }
}
