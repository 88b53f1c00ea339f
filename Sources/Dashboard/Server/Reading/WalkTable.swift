import PopulusCollector
import PopulusDAP
import PopulusStringCodec
import Results

/// A walk's strings as rows, with what became of them since the walk before.
struct WalkTable {
    let walk: KeptWalk
    /// Most votes first.
    let rows: [StringRow]

    /// - Parameter before: the walk before this one, where both have a result.
    init(_ walk: KeptWalk, before: KeptWalk?) {
        self.walk = walk
        let changes = Self.changes(walk, before)
        rows = walk.strings.enumerated().map { index, string in
            StringRow(string, rank: index + 1, in: walk.head, changes?[string.value])
        }
    }

    /// Nothing where the two cannot be compared, as where one has no result.
    private static func changes(_ walk: KeptWalk, _ before: KeptWalk?) -> [[UInt8]: StringChange]? {
        guard let before, let comparison = try? WalkComparison(from: before, to: walk) else { return nil }
        return Dictionary(comparison.changes.map { ($0.value, $0) }) { one, _ in one }
    }

    /// The strings of some rows.
    func strings(_ rows: [StringRow]) -> [PopularString] { rows.map { walk.strings[$0.rank - 1] } }

    /// Sums of the strings that a query leaves.
    func sums(_ query: TableQuery) -> [SumsView] {
        let left = strings(TablePage.rows(rows, query))
        var all: [SumsView] = []
        if walk.head.task.isGrouped, query.group == nil {
            let groups = GroupSums(of: left, noise: walk.head.noise).groups
            all.append(
                SumsView(
                    part: .group,
                    of: groups.map {
                        SumsView.Row(key: ForeignValue($0.key), strings: $0.parts, atLeast: $0.atLeast)
                    }, page: query.sums[.group] ?? 1))
        }
        // What is no URL has no host.
        guard rows.contains(where: { $0.host != nil }) else { return all }
        if query.host == nil, query.path == nil { all.append(sums(left, .host, .host, query)) }
        if query.host != nil || query.path != nil {
            all.append(sums(left, .path, .path(folders: query.nextFolders), query))
        }
        return all
    }

    private func sums(
        _ strings: [PopularString], _ part: SumsView.Part, _ by: URLSums.Part, _ query: TableQuery
    ) -> SumsView {
        SumsView(
            part: part,
            of: URLSums(of: walk, strings: strings, by: by).rows.map {
                SumsView.Row(key: ForeignValue($0.key), strings: $0.strings, atLeast: $0.atLeast)
            }, page: query.sums[part] ?? 1)
    }
}

extension StringRow {
    fileprivate init(_ string: PopularString, rank: Int, in head: WalkHead, _ change: StringChange?) {
        let parts = head.task.parts(of: string.value)
        let value = parts?.string ?? string.value
        let url = URLParts(value)
        let interval = head.noise.map { $0.interval(of: string.count) }
        self.init(
            rank: rank, listed: ForeignValue(string.value), group: parts.map { ForeignValue($0.group) },
            value: ForeignValue(value), host: url.map { ForeignValue($0.key(.host)) },
            place: url.map { ForeignValue($0.key(.path(folders: .max))) }, count: string.shownCount,
            low: interval.map { UInt64(clamping: $0.low) }, high: interval.map { UInt64(clamping: $0.high) },
            change: change.map { ChangeKind($0.change) }, earlier: change?.earlier.map { UInt64(max(0, $0)) },
            history: [])
    }

    /// The same with its counts in the latest walks.
    func with(history: [UInt64?]) -> StringRow {
        StringRow(
            rank: rank, listed: listed, group: group, value: value, host: host, place: place, count: count, low: low,
            high: high, change: change, earlier: earlier, history: history)
    }
}

extension TablePage {
    /// The same with its rows' histories, which are read of the rows of a page alone.
    ///
    /// - Parameter histories: one a row.
    init(_ page: TablePage, histories: [[Int64?]]) {
        rows = zip(page.rows, histories).map { row, counts in
            row.with(history: counts.map { count in count.map { UInt64(max(0, $0)) } })
        }
        (found, total, self.page, pages, greatest) = (page.found, page.total, page.page, page.pages, page.greatest)
    }
}
