import PopulusDAP

/// What of a table is shown, and in which order: all of it is in the address, so that a link leads to a view.
///
/// The parameters are `q` (what a string has in it), `host`, `path` and `group` (bytes in base64url), `change` (a kind), `sort`,
/// `order` (`up` or `down`), `page` (from 1), and `hosts`, `paths` and `groups` (the page of these sums, from 1). What is not understood is taken as not there: a link of an earlier version shows
/// a little more, and no fault.
package struct TableQuery: Hashable, Sendable {
    /// What a string must have in it, as it was typed; empty for all strings.
    package var search = ""
    package var host: ForeignValue?
    /// What a ``StringRow/place`` must begin with.
    package var path: ForeignValue?
    package var group: ForeignValue?
    package var change: ChangeKind?
    package var sort = Column.count
    package var descends = true
    /// Counted from 1.
    package var page = 1
    /// Which page of sums is shown, where it is not the first.
    package var sums: [SumsView.Part: Int] = [:]
    /// The walk to compare with; of a comparison only.
    package var with: String?

    package enum Column: String, Hashable, Sendable, CaseIterable {
        case count
        case value
        case group
        case change

        /// In which direction a reader wants it first.
        var descendsAtFirst: Bool { self == .count }
    }

    package init() {}

    package init(_ fields: FormFields) {
        search = fields["q"] ?? ""
        host = Self.value(fields["host"])
        path = Self.value(fields["path"])
        group = Self.value(fields["group"])
        change = fields["change"].flatMap(ChangeKind.init)
        sort = fields["sort"].flatMap(Column.init) ?? .count
        descends = fields["order"].map { $0 == "down" } ?? sort.descendsAtFirst
        page = max(1, fields["page"].flatMap { Int($0) } ?? 1)
        for part in SumsView.Part.allCases {
            sums[part] = fields["\(part.rawValue)s"].flatMap { Int($0) }.flatMap { $0 > 1 ? $0 : nil }
        }
        with = fields[FormField.with]
    }

    /// Whether it leaves all strings.
    package var isEverything: Bool {
        search.isEmpty && host == nil && path == nil && group == nil && change == nil
    }

    /// How many folders the next sums by path have: one more than the path that is asked for.
    package var nextFolders: Int {
        // Two of its slashes belong to the scheme, and one ends the host.
        path.map { max(0, $0.bytes.filter { $0 == UInt8(ascii: "/") }.count - 3) + 1 } ?? 1
    }

    /// What follows the question mark; empty where all is as it is without.
    package var text: String {
        parameters.map { "\($0.name)=\(FormFields.encoded($0.value.utf8))" }.joined(separator: "&")
    }

    /// What the address has, in order; values as they are before they are encoded.
    var parameters: [(name: String, value: String)] {
        var all: [(name: String, value: String)] = []
        if let with { all.append((FormField.with, with)) }
        if !search.isEmpty { all.append(("q", search)) }
        for (name, value) in [("host", host), ("path", path), ("group", group)] {
            if let value { all.append((name, Base64URL.encode(value.bytes))) }
        }
        if let change { all.append(("change", change.rawValue)) }
        if sort != .count { all.append(("sort", sort.rawValue)) }
        if descends != sort.descendsAtFirst { all.append(("order", descends ? "down" : "up")) }
        if page > 1 { all.append(("page", "\(page)")) }
        for part in SumsView.Part.allCases {
            if let page = sums[part] { all.append(("\(part.rawValue)s", "\(page)")) }
        }
        return all
    }

    /// The same with a change, from the first page on.
    func changed(_ change: (inout TableQuery) -> Void) -> TableQuery {
        var other = self
        (other.page, other.sums) = (1, [:])
        change(&other)
        return other
    }

    private static func value(_ text: String?) -> ForeignValue? {
        guard let text, let bytes = Base64URL.decode(text) else { return nil }
        return ForeignValue(bytes)
    }
}
