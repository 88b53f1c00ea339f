extension ComparisonView {
    var model: Model {
        let path = DashboardPath.comparison(task: facts.id, walk: later.walk).text
        // Whichever was asked for first: links lead from the earlier one to the later one.
        var query = query
        query.with = earlier.walk
        let links = TableLinks(query: query, path: path, hasChanges: true)
        let place = TablePage.place(of: query.page, among: found)
        let all = totals.values.reduce(0, +)
        return [
            "facts": [
                Fact("Earlier", "\(earlier.when), threshold \(earlier.limit)"),
                Fact("Later", "\(later.when), threshold \(later.limit)"),
                Fact("Compared from", Words.counted(threshold, "vote")),
            ].map(\.model),
            "totals": ChangeKind.allCases.filter { totals[$0, default: 0] > 0 }.map { kind in
                [
                    "path": links.address { $0.change = kind }, "selected": query.change == kind, "sign": kind.sign,
                    "words": kind.words, "number": Words.number(totals[kind, default: 0]),
                ] as Model
            },
            "found": TableLinks.found(found, of: all, "string"),
            "isGrouped": facts.isGrouped,
            "hasRows": !rows.isEmpty,
            "rows": rows.map { $0.model(task: facts.id) },
        ].merging(links.model) { own, _ in own }
            .merging(links.pager(page: place.page, pages: place.pages)) { own, _ in own }
    }
}

extension ComparisonView.Row {
    fileprivate func model(task: String) -> Model {
        Model.of([
            "name": change.rawValue, "sign": change.sign, "words": change.words,
            "group": group?.shown(limit: ForeignValue.mostOfGroup),
            "path": DashboardPath.string(task: task, listed).text,
            "shown": value.shown(),
            "earlier": earlier.map { Words.number($0) } ?? "not listed",
            "later": later.map { Words.number($0) } ?? "not listed",
            "difference": difference,
        ])
    }

    /// Nothing where one of both is unknown.
    private var difference: String {
        guard let earlier, let later else { return "" }
        let number = Int128(later) - Int128(earlier)
        return number > 0 ? "+\(Words.number(number))" : Words.number(number).replacing("-", with: "−")
    }
}

extension StringView {
    var model: Model {
        Model.of([
            "shown": value.shown(limit: .max),
            "text": value.text,
            "group": group?.shown(),
            "spark": Drawing.spark(sightings.prefix(24).reversed().map(\.count)),
            "sightings": sightings.map { $0.model(task: facts.id) },
        ])
    }
}

extension StringView.Sighting {
    fileprivate var count: UInt64? { if case .listed(let count, _, _) = what { count } else { nil } }

    fileprivate func model(task: String) -> Model {
        Model.of([
            "path": DashboardPath.walk(task: task, walk: walk.walk).text,
            "when": walk.when,
            "count": count.map { Words.number($0) },
            "share": count.map { Words.share($0, of: walk.reports) },
            "what": words,
        ])
    }

    private var words: String {
        switch what {
        case .listed(_, let low?, let high?): "listed; \(Words.number(low)) to \(Words.number(high))"
        case .listed: "listed"
        case .below(let votes): "fewer than \(Words.counted(votes, "vote"))"
        case .mayBeCutOff: "it may be among the strings that were cut off"
        case .failed: "nothing: it has no result"
        }
    }
}

extension CollectionView {
    /// Which collection it is, for the page's title.
    var name: String { "Collection of \(Words.span(interval))" }

    /// So many rows are shown; the downloads have all.
    private static let most = 1000

    var model: Model {
        var about = [Fact("Reports", Words.number(reports))]
        if let halfWidth {
            about.append(Fact("Noise, in 95 of 100 cases", "± \(Words.number(halfWidth))"))
        }
        about.append(RejectionRow.fact(rejections))
        about.append(Fact("Ended", moment: ended))
        let one = isOneNumber ? rows.first?.number : nil
        let greatest = rows.map { UInt64(clamping: $0.number) }.max() ?? 0
        return Model.of([
            "isTiles": true,
            "facts": about.map(\.model),
            "csv": DashboardPath.collectionFile(task: facts.id, key: key, .csv).text,
            "json": DashboardPath.collectionFile(task: facts.id, key: key, .json).text,
            "one": one.map { Words.number($0) },
            "hasRows": one == nil && !rows.isEmpty,
            "column": rows.contains { $0.value != nil } ? "Candidate" : "Index",
            "rows": rows.prefix(Self.most).map { $0.model(greatest) },
            "more": rows.count > Self.most ? Words.number(rows.count - Self.most) : nil,
            "remarks": remarks,
        ]).merging(RejectionRow.model(rejections)) { own, _ in own }
    }
}

extension CollectionView.Row {
    fileprivate func model(_ greatest: UInt64) -> Model {
        Model.of([
            "shown": value?.shown(),
            "index": value == nil ? Words.number(index) : nil,
            "bar": Drawing.width(UInt64(clamping: number), of: greatest),
            "number": Words.number(number),
        ])
    }
}
