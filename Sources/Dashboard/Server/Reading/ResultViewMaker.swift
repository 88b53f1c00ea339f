import PopulusCollector
import PopulusDAP
import ResultText
import Results

/// Makes the views of what is kept, inside one reader's turn.
///
/// Nothing is in them that is not in the file, which holds survivors only.
struct ResultViewMaker {
    let store: ResultsStore

    /// How many walks a string's small curve has.
    private static let historyWalks = 24

    /// The task of which something is kept; nothing where there is none.
    func task(_ id: TaskID) throws(ResultsError) -> KeptTask? { try store.tasks().first { $0.id == id } }

    // MARK: Lists

    /// - Parameters:
    ///   - known: tasks whose file the dashboard has, of which nothing may be kept yet.
    ///   - walking: those that are walked here.
    func tasks(known: [KeptTask], walking: Set<TaskID>) throws(ResultsError) -> TasksView {
        let kept = try store.tasks()
        let others = known.filter { task in !kept.contains { $0.id == task.id } }
        var rows: [TasksView.TaskRow] = []
        for task in kept + others {
            let (walks, collections) = (try store.heads(of: task.id), try store.collectionHeads(of: task.id))
            rows.append(
                TasksView.TaskRow(
                    facts: TaskFacts(task), walks: walks.count, collections: collections.count,
                    latest: (walks.map(\.ended) + collections.map(\.ended)).max(),
                    isWalking: walking.contains(task.id)))
        }
        return TasksView(tasks: rows)
    }

    func task(_ task: KeptTask, _ discovery: TaskView.Discovery) throws(ResultsError) -> TaskView {
        TaskView(
            facts: TaskFacts(task),
            walks: try store.heads(of: task.id).reversed().map {
                TaskView.WalkRow(head: WalkFacts($0), strings: $0.stringCount)
            },
            collections: try store.collectionHeads(of: task.id).reversed().map {
                TaskView.CollectionRow(
                    key: "\($0.key)", interval: TimeSpan($0.interval), ended: $0.ended, reports: $0.reports,
                    numbers: $0.numbers)
            }, discovery: discovery)
    }

    // MARK: One walk

    func walk(_ id: WalkID, of task: TaskID, _ query: TableQuery) throws(ResultsError) -> WalkView? {
        guard let walk = try store.walk(id, of: task) else { return nil }
        let finished = try store.heads(of: task).filter { !$0.ending.isFailure }
        let earlier = finished.filter { WalkHead.precedes($0, walk.head) }
        var before: KeptWalk?
        if let head = earlier.last { before = try store.walk(head.walk, of: task) }
        let table = WalkTable(walk, before: before)
        var page = TablePage(of: table.rows, query)
        let latest = earlier.suffix(Self.historyWalks - 1).map(\.walk) + [id]
        if latest.count > 1 {
            page = TablePage(
                page, histories: try store.counts(of: page.rows.map(\.listed.bytes), in: latest, task: task))
        }
        return WalkView(
            facts: TaskFacts(walk.head.task), head: WalkFacts(walk.head), query: query, table: page,
            sums: table.sums(query), before: before.map { WalkFacts($0.head) },
            comparable: finished.reversed().filter { $0.walk != id }.map { WalkFacts($0) },
            steps: walk.head.steps.enumerated().map { LiveView.LiveStep($1, number: $0) },
            rejections: RejectionRow.all(walk.head.rejections), remarks: Remarks.of(walk.head))
    }

    /// A walk as a file: in CSV the strings that a query leaves, in its order; in JSON the whole walk.
    func walk(
        _ id: WalkID, of task: TaskID, as format: DownloadFormat, _ query: TableQuery
    ) throws(ResultsError) -> [UInt8]? {
        guard let walk = try store.walk(id, of: task) else { return nil }
        guard format == .csv else { return Array(walk.json.utf8) }
        let table = WalkTable(walk, before: try before(walk))
        return CSVWriter().file(
            of: table.strings(TablePage.rows(table.rows, query)), total: walk.head.reports, noise: walk.head.noise,
            grouped: walk.head.task.isGrouped)
    }

    /// The walk of the reports before, of those that have a result.
    private func before(_ walk: KeptWalk) throws(ResultsError) -> KeptWalk? {
        let heads = try store.heads(of: walk.head.task.id)
        guard let head = heads.last(where: { !$0.ending.isFailure && WalkHead.precedes($0, walk.head) }) else {
            return nil
        }
        return try store.walk(head.walk, of: walk.head.task.id)
    }

    // MARK: Comparison

    /// What a comparison comes to.
    enum Compared {
        case view(ComparisonView)
        case missing
        case refused(ComparisonRefusal)
    }

    /// - Parameter query: names the walk to compare with; that before this one where it names none.
    func comparison(_ id: WalkID, of task: TaskID, _ query: TableQuery) throws(ResultsError) -> Compared {
        guard let later = try store.walk(id, of: task) else { return .missing }
        var earlierID = query.with.flatMap { WalkID(base64URL: $0) }
        if query.with == nil {
            earlierID = try store.heads(of: task).last { !$0.ending.isFailure && WalkHead.precedes($0, later.head) }?
                .walk
        }
        guard let earlierID, let earlier = try store.walk(earlierID, of: task) else { return .missing }
        // Whichever was chosen, time goes forward.
        let inOrder = WalkHead.precedes(earlier.head, later.head)
        do throws(ComparisonRefusal) {
            let comparison = try WalkComparison(from: inOrder ? earlier : later, to: inOrder ? later : earlier)
            return .view(Self.view(comparison, query))
        } catch {
            return .refused(error)
        }
    }

    private static func view(_ comparison: WalkComparison, _ query: TableQuery) -> ComparisonView {
        let task = comparison.later.task
        let needle = SearchedText(query.search)
        var totals: [ChangeKind: Int] = [:]
        var rows: [ComparisonView.Row] = []
        for change in comparison.changes {
            let kind = ChangeKind(change.change)
            totals[kind, default: 0] += 1
            let parts = task.parts(of: change.value)
            let value = parts?.string ?? change.value
            guard query.change == nil || query.change == kind, needle.isIn(value),
                query.group == nil || query.group?.bytes == parts?.group
            else { continue }
            rows.append(
                ComparisonView.Row(
                    change: kind, listed: ForeignValue(change.value), group: parts.map { ForeignValue($0.group) },
                    value: ForeignValue(value), earlier: change.earlier.map { UInt64(max(0, $0)) },
                    later: change.later.map { UInt64(max(0, $0)) }))
        }
        let place = TablePage.place(of: query.page, among: rows.count)
        return ComparisonView(
            facts: TaskFacts(task), earlier: WalkFacts(comparison.earlier), later: WalkFacts(comparison.later),
            threshold: comparison.threshold, query: query, totals: totals,
            rows: Array(rows.dropFirst((place.page - 1) * TablePage.rowsPerPage).prefix(TablePage.rowsPerPage)),
            found: rows.count)
    }

    // MARK: One string, one collection

    func string(_ listed: [UInt8], of task: KeptTask) throws(ResultsError) -> StringView {
        let history = try store.history(of: listed, task: task.id)
        let parts = task.parts(of: listed)
        return StringView(
            facts: TaskFacts(task), listed: ForeignValue(listed), group: parts.map { ForeignValue($0.group) },
            value: ForeignValue(parts?.string ?? listed),
            sightings: history.entries.reversed().map {
                StringView.Sighting(walk: WalkFacts($0.walk), what: StringView.What($0.sighting, in: $0.walk))
            })
    }

    func collection(_ key: KeptCollection.Key, of task: TaskID) throws(ResultsError) -> CollectionView? {
        guard let kept = try store.collection(key, of: task) else { return nil }
        return CollectionView(
            facts: TaskFacts(kept.task), key: "\(key)", interval: TimeSpan(kept.interval), ended: kept.ended,
            reports: kept.reports, halfWidth: kept.noise?.halfWidth, isOneNumber: kept.isOneNumber,
            rows: kept.numbers.enumerated().map { index, number in
                CollectionView.Row(
                    index: index, value: kept.candidates.map { ForeignValue($0.values[index]) }, number: number)
            }, rejections: RejectionRow.all(kept.rejections), remarks: Remarks.of(kept))
    }

    func collection(
        _ key: KeptCollection.Key, of task: TaskID, as format: DownloadFormat
    ) throws(ResultsError) -> [UInt8]? {
        guard let kept = try store.collection(key, of: task) else { return nil }
        return switch format {
        case .csv: kept.csv()
        case .json: Array(kept.json.utf8)
        }
    }
}

extension StringView.What {
    fileprivate init(_ sighting: StringHistory.Sighting, in walk: WalkHead) {
        switch sighting {
        case .listed(let count):
            let interval = walk.noise.map { $0.interval(of: count) }
            self = .listed(
                count: UInt64(max(0, count)), low: interval.map { UInt64(clamping: $0.low) },
                high: interval.map { UInt64(clamping: $0.high) })
        case .below(let votes): self = .below(votes)
        case .mayBeCutOff: self = .mayBeCutOff
        case .failed: self = .failed
        }
    }
}
