extension WalkView {
    var model: Model {
        var failed: String?
        var cutOff: Model?
        switch head.ending {
        case .complete: break
        case .cutOff(let unfinished, let beginnings):
            cutOff = [
                "unfinished": Words.counted(unfinished, "popular beginning"),
                "beginnings": beginnings.map { ["shown": $0.shown()] as Model },
            ]
        case .failed(let why): failed = why
        }
        let links = links
        return Model.of([
            "failed": failed, "cutOff": cutOff, "hasResult": failed == nil,
            "isTiles": true,
            "facts": (head.tiles(strings: table.total) + [RejectionRow.fact(rejections)]).map(\.model),
            "csv": file,
            "json": DashboardPath.walkFile(task: facts.id, walk: head.walk, .json).text,
            "compare": DashboardPath.comparison(task: facts.id, walk: head.walk).text,
            "hasComparable": !comparable.isEmpty,
            "comparable": comparable.map { ["walk": $0.walk, "when": $0.when, "limit": $0.limit] as Model },
            "hasSteps": !steps.isEmpty,
            "steps": steps.map { ["cells": $0.cells] as Model },
            "remarks": remarks,
            "hasSums": sums.contains { !$0.rows.isEmpty },
            "sums": sums.filter { !$0.rows.isEmpty }.map { $0.model(links) },
        ]).merging(links.model) { own, _ in own }
            .merging(links.pager(page: table.page, pages: table.pages)) { own, _ in own }
            .merging(tableModel(links)) { own, _ in own }
            .merging(RejectionRow.model(rejections)) { own, _ in own }
    }

    private var links: TableLinks {
        TableLinks(
            query: query, path: DashboardPath.walk(task: facts.id, walk: head.walk).text, hasChanges: before != nil)
    }

    /// The strings of the view, in its order, on one page.
    private var file: String {
        let path = DashboardPath.walkFile(task: facts.id, walk: head.walk, .csv).text
        let text = query.changed { _ in }.text
        return text.isEmpty ? path : "\(path)?\(text)"
    }

    private func tableModel(_ links: TableLinks) -> Model {
        var columns: [Model] = []
        if facts.isGrouped { columns.append(links.column(.group, "Group")) }
        columns += [links.column(.value, "String"), links.column(.count, "Count", isNumber: true)]
        if before != nil { columns.append(links.column(.change, "Change")) }
        return [
            "found": TableLinks.found(table.found, of: table.total, "string"),
            "columns": columns,
            "isGrouped": facts.isGrouped,
            "isNoisy": head.halfWidth != nil,
            "hasTrend": table.rows.contains { $0.history.count > 1 },
            "hasRows": !table.rows.isEmpty,
            "rows": table.rows.map { $0.model(self, links) },
        ]
    }
}

extension StringRow {
    fileprivate func model(_ view: WalkView, _ links: TableLinks) -> Model {
        let greatest = max(view.table.greatest, high ?? 0)
        return Model.of([
            "rank": Words.number(rank),
            "group": group?.shown(limit: ForeignValue.mostOfGroup),
            "groupPath": group.map { group in links.address { $0.group = group } },
            "path": DashboardPath.string(task: view.facts.id, listed).text,
            "shown": value.shown(),
            "text": value.text,
            "bar": Drawing.width(count, of: greatest),
            "whisker": whisker(greatest),
            "count": Words.number(count),
            "share": Words.share(count, of: view.head.reports),
            "interval": interval,
            "change": change.map { kind in
                Model.of([
                    "name": kind.rawValue, "sign": kind.sign, "words": kind.words,
                    "earlier": kind == .unchanged && earlier == count ? nil : earlier.map { Words.number($0) },
                ])
            },
            "spark": Drawing.spark(history),
        ])
    }

    private var interval: String {
        guard let low, let high else { return "" }
        return "\(Words.number(low)) to \(Words.number(high))"
    }

    private func whisker(_ greatest: UInt64) -> Model? {
        guard let low, let high, high > low else { return nil }
        return ["x": Drawing.width(low, of: greatest), "length": Drawing.width(high - low, of: greatest)]
    }
}

extension SumsView {
    fileprivate func model(_ links: TableLinks) -> Model {
        let place = TablePage.place(of: links.query.sums[part] ?? 1, among: found, each: Self.rowsPerPage)
        func turned(to page: Int) -> String {
            var query = links.query
            query.sums[part] = page > 1 ? page : nil
            return links.address(query)
        }
        let title =
            switch part {
            case .host: "By host"
            case .path: "By path"
            case .group: "By group"
            }
        return Model.of([
            "title": title,
            "part": part.rawValue.capitalized,
            "number": Words.counted(found, part.rawValue),
            "sumPages": Model.of([
                "label": "Pages of sums by \(part.rawValue)", "page_number": Words.number(place.page),
                "pages": Words.number(place.pages),
                "previous": place.page > 1 ? turned(to: place.page - 1) : nil,
                "next": place.page < place.pages ? turned(to: place.page + 1) : nil,
            ]),
            "hasSumPages": place.pages > 1,
            "sumRows": rows.map { row in
                [
                    "key": row.key.shown(), "path": address(row.key, links),
                    "strings": Words.number(row.strings), "atLeast": Words.number(row.atLeast),
                    "bar": Drawing.width(row.atLeast, of: greatest),
                ] as Model
            },
        ])
    }

    private func address(_ key: ForeignValue, _ links: TableLinks) -> String {
        links.address { query in
            switch part {
            case .host: query.host = key
            case .path: query.path = key
            case .group: query.group = key
            }
        }
    }
}
