import PopulusCollector

/// Sums of a walk's counts by a part of URLs.
///
/// **At least**: a report has one string, so that the counts of different strings are those of different reports. But
/// strings below the threshold are not listed, and how many reports have one of a host nobody learns. With noise the
/// sum is of the lower ends of the intervals: the noise of all strings together would have to be as great as each
/// one's at its worst for the true number to be less. Near the threshold noise lifts more strings than it lowers, so
/// that the sum of the counts themselves is rather too great.
package struct URLSums: Hashable, Sendable {
    package let walk: WalkHead
    /// Greatest first; among equals, ascending by bytes.
    package let rows: [Row]
    /// What the strings that are no URLs come to.
    package let others: Row?

    package struct Row: Hashable, Sendable {
        /// The part that the strings have in common.
        package let key: [UInt8]
        /// How many strings.
        package fileprivate(set) var strings: Int
        /// The sum of the counts; none is taken as less than 0.
        package fileprivate(set) var counted: UInt64
        /// As many reports have such a string at least.
        package fileprivate(set) var atLeast: UInt64
    }

    /// What URLs are told apart by.
    package enum Part: Hashable, Sendable {
        /// The host, in small letters and without a port.
        case host
        /// Scheme, host and port, and so many folders of the path at most; what follows the last slash is no folder.
        case path(folders: Int)
    }

    /// - Parameter strings: those of the walk that are asked about; all of them unless told otherwise.
    package init(of walk: KeptWalk, strings: [PopularString]? = nil, by part: Part) {
        self.walk = walk.head
        var sums: [[UInt8]: Row] = [:]
        var others = Row(key: [], strings: 0, counted: 0, atLeast: 0)
        for string in strings ?? walk.strings {
            let interval = walk.head.interval(of: string.count)
            let atLeast = UInt64(clamping: interval.low)
            guard let key = URLParts(walk.head.task.parts(of: string.value)?.string ?? string.value)?.key(part) else {
                others.add(string.shownCount, atLeast: atLeast)
                continue
            }
            sums[key, default: Row(key: key, strings: 0, counted: 0, atLeast: 0)]
                .add(string.shownCount, atLeast: atLeast)
        }
        rows = sums.values.sorted {
            ($1.atLeast, $1.counted) != ($0.atLeast, $0.counted)
                ? ($1.atLeast, $1.counted) < ($0.atLeast, $0.counted) : $0.key.lexicographicallyPrecedes($1.key)
        }
        self.others = others.strings > 0 ? others : nil
    }
}

extension URLSums.Row {
    fileprivate mutating func add(_ count: UInt64, atLeast: UInt64) {
        strings += 1
        counted = counted.addingReportingOverflow(count).overflow ? .max : counted + count
        self.atLeast = self.atLeast.addingReportingOverflow(atLeast).overflow ? .max : self.atLeast + atLeast
    }
}

/// The parts of a URL, as bytes: values may be any.
package struct URLParts {
    /// In small letters.
    let scheme: [UInt8]
    /// Host and port, in small letters.
    let authority: [UInt8]
    /// From its first slash on, without query and fragment.
    let path: ArraySlice<UInt8>

    /// Nothing for what has no scheme and no host.
    package init?(_ value: [UInt8]) {
        guard let colon = value.firstIndex(of: UInt8(ascii: ":")), colon > 0,
            value[..<colon].allSatisfy({ Self.isLetterOrDigit($0) || "+-.".utf8.contains($0) }),
            value[colon...].starts(with: "://".utf8)
        else { return nil }
        let rest = value[(colon + 3)...]
        let end = rest.firstIndex { "/?#".utf8.contains($0) } ?? rest.endIndex
        let host = rest[..<end].split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false).last ?? []
        guard !host.isEmpty else { return nil }
        scheme = value[..<colon].map(Self.small)
        authority = host.map(Self.small)
        path = rest[end...].prefix { !"?#".utf8.contains($0) }
    }

    /// What a URL is summed by.
    package func key(_ part: URLSums.Part) -> [UInt8] {
        switch part {
        case .host: host
        case .path(let folders):
            // What stands between two slashes is a folder.
            Array(scheme) + Array("://".utf8) + authority + Array("/".utf8)
                + path.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).dropLast()
                .prefix(max(0, folders)).flatMap { $0 + Array("/".utf8) }
        }
    }

    /// Without the port; an address in brackets has colons of its own.
    private var host: [UInt8] {
        let digits = authority.reversed().prefix { 0x30...0x39 ~= $0 }.count
        let end = authority.count - digits - 1
        guard end >= 0, authority[end] == UInt8(ascii: ":") else { return authority }
        return Array(authority[..<end])
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
        default: false
        }
    }

    private static func small(_ byte: UInt8) -> UInt8 { 0x41...0x5a ~= byte ? byte + 0x20 : byte }
}
