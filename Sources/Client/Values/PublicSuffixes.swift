import Foundation

/// The names below which anybody can have a name: `com`, `co.uk`, `github.io`.
///
/// A site is such a name with one label more. The list is read as it is published, with both of its parts: those of the
/// registries, and those of companies that give names to their customers.
///
/// Spec: publicsuffix.org/list
package struct PublicSuffixes: Sendable {
    private var rules: Set<Substring> = []
    /// What stands behind `*.`.
    private var wildcards: Set<Substring> = []
    /// What stands behind `!`.
    private var exceptions: Set<Substring> = []

    /// Reads a list; nil if there is no rule in it.
    package init?(list: [UInt8]) {
        for line in list.split(separator: 0x0a) {
            // A rule ends at the first space.
            let text = line.prefix { $0 != 0x20 && $0 != 0x09 && $0 != 0x0d }
            guard !text.isEmpty, !text.starts(with: "//".utf8) else { continue }
            if text.starts(with: "*.".utf8) {
                Self.insert(text.dropFirst(2), into: &wildcards)
            } else if text.first == UInt8(ascii: "!") {
                Self.insert(text.dropFirst(), into: &exceptions)
            } else {
                Self.insert(text, into: &rules)
            }
        }
        // A file that is something else has lines too, but not that of the oldest names.
        guard rules.contains("com") else { return nil }
    }

    /// A rule is written as hosts are compared.
    private static func insert(_ rule: ArraySlice<UInt8>, into rules: inout Set<Substring>) {
        // A rule for what can be no host is nobody's.
        guard let host = try? URLHost.canonical(rule, isSpecial: true) else { return }
        rules.insert(String(decoding: host, as: UTF8.self)[...])
    }

    /// The public suffix of a name and one label more; nil for a name that is a public suffix itself, and for an address.
    ///
    /// - Parameter host: in the form of ``URLHost``; a dot at its end is no part of the site.
    package func registrableDomain(of host: [UInt8]) -> [UInt8]? {
        var name = String(decoding: host, as: UTF8.self)[...]
        if name.last == "." { name.removeLast() }
        guard !name.isEmpty, name.first != "[", !URLHost.endsInNumber(Array(name.utf8)) else { return nil }
        var rest = name
        var before: Substring?
        while true {
            let parent = rest.firstIndex(of: ".").map { rest[rest.index(after: $0)...] }
            // Of several rules the longest one counts, and an exception before all: it takes a name out.
            if exceptions.contains(rest) { return Array(rest.utf8) }
            let isSuffix = rules.contains(rest) || parent.map(wildcards.contains) == true
            guard !isSuffix, let parent else { return before.map { Array($0.utf8) } }
            before = rest
            rest = parent
        }
    }

    /// The registrable domain, or the host itself where it has none: an address, a public suffix.
    package func site(of host: [UInt8]) -> [UInt8] {
        if let domain = registrableDomain(of: host) { return domain }
        return host.count > 1 && host.last == UInt8(ascii: ".") ? Array(host.dropLast()) : host
    }
}
