/// A JSON object whose members are all known: one that is not is an error, not passed over.
protocol StrictObject: Codable {
    /// Whether it may have a member of this name.
    static func knows(_ member: String) -> Bool
}

/// A member that nothing here reads.
struct UnknownMember: Error {
    /// Where it stands: the names of members, from the outermost on.
    var path: String
}

/// An object that is read with a look at the names of its members.
struct Strict<Object: StrictObject>: Codable {
    private struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    let value: Object

    init(_ value: Object) { self.value = value }

    /// - Throws: ``UnknownMember``, `DecodingError`.
    init(from decoder: any Decoder) throws {
        let names = try decoder.container(keyedBy: Name.self).allKeys.map(\.stringValue)
        if let unknown = names.sorted().first(where: { !Object.knows($0) }) {
            let outer = decoder.codingPath.filter { $0.intValue == nil }.map(\.stringValue)
            throw UnknownMember(path: (outer + [unknown]).joined(separator: "."))
        }
        value = try Object(from: decoder)
    }

    func encode(to encoder: any Encoder) throws { try value.encode(to: encoder) }
}
