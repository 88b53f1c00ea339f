import PopulusDAP

/// The form, the chips and the links of a table, for the address that it has.
struct TableLinks {
    let query: TableQuery
    let path: String
    /// Whether strings have changes, and so a filter for them.
    let hasChanges: Bool

    /// The address of the same table with another query.
    func address(_ query: TableQuery) -> String {
        let text = query.text
        return text.isEmpty ? path : "\(path)?\(text)"
    }

    func address(_ change: (inout TableQuery) -> Void) -> String { address(query.changed(change)) }

    /// What the templates `filter` and `chips` have.
    var model: Model {
        // The form has fields for these, and begins at the first page.
        let shown = hasChanges ? ["q", "page", "change"] : ["q", "page"]
        return [
            "action": path,
            "hidden": query.parameters.filter { !shown.contains($0.name) }
                .map { ["name": $0.name, "value": $0.value] as Model },
            "search": query.search,
            "hasChanges": hasChanges,
            "changes": ChangeKind.allCases.map { kind in
                ["name": kind.rawValue, "words": kind.words, "selected": query.change == kind] as Model
            },
            "hasChips": !query.isEverything,
            "chips": chips,
            "everything": address { $0 = $0.withEverything },
        ]
    }

    private var chips: [Model] {
        var chips: [Model] = []
        func add(_ label: String, _ shown: Model?, _ words: String?, _ change: (inout TableQuery) -> Void) {
            chips.append(Model.of(["label": label, "shown": shown, "words": words, "path": address(change)]))
        }
        // Typed text is shown as what it may be: anybody's.
        if !query.search.isEmpty {
            add("search", ForeignValue(Array(query.search.utf8)).shown(), nil) { $0.search = "" }
        }
        if let host = query.host { add("host", host.shown(), nil) { $0.host = nil } }
        if let path = query.path { add("path", path.shown(), nil) { $0.path = nil } }
        if let group = query.group { add("group", group.shown(), nil) { $0.group = nil } }
        if let change = query.change { add("change", nil, change.words) { $0.change = nil } }
        return chips
    }

    /// What the template `pager` has.
    func pager(page: Int, pages: Int) -> Model {
        func address(page: Int) -> String { self.address { $0.page = page } }
        return Model.of([
            "hasPages": pages > 1,
            "page_number": Words.number(page),
            "pages": Words.number(pages),
            "previous": page > 1 ? address(page: page - 1) : nil,
            "next": page < pages ? address(page: page + 1) : nil,
        ])
    }

    /// The head of a column: a link that sorts by it, or turns the order round.
    func column(_ column: TableQuery.Column, _ name: String, isNumber: Bool = false) -> Model {
        let isSorted = query.sort == column
        return Model.of([
            "name": name,
            "class": isNumber ? "number" : nil,
            "order": isSorted ? (query.descends ? "descending" : "ascending") : "none",
            "arrow": isSorted ? (query.descends ? " ▼" : " ▲") : "",
            "path": address {
                $0.descends = isSorted ? !$0.descends : column.descendsAtFirst
                $0.sort = column
            },
        ])
    }

    /// How many rows there are, and how many of how many.
    static func found(_ found: Int, of total: Int, _ thing: String) -> String {
        found == total
            ? Words.counted(total, thing) : "\(Words.number(found)) of \(Words.counted(total, thing))"
    }
}

extension TableQuery {
    /// The same order with nothing left out.
    fileprivate var withEverything: TableQuery {
        var all = TableQuery()
        (all.sort, all.descends, all.with) = (sort, descends, with)
        return all
    }
}
