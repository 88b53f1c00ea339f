import Dashboard
import Testing

/// What of a table is shown: queries, filters, order, pages.
@Suite struct TableTests {
    private static func query(_ text: String) -> TableQuery { TableQuery(FormFields(text.utf8)) }

    private static func row(
        _ rank: Int, _ value: String, count: UInt64, host: String? = nil, place: String? = nil, group: String? = nil,
        change: ChangeKind? = nil
    ) -> StringRow {
        func foreign(_ text: String?) -> ForeignValue? { text.map { ForeignValue(Array($0.utf8)) } }
        return StringRow(
            rank: rank, listed: ForeignValue(Array(value.utf8)), group: foreign(group),
            value: ForeignValue(Array(value.utf8)), host: foreign(host), place: foreign(place), count: count, low: nil,
            high: nil, change: change, earlier: nil, history: [])
    }

    private static let rows = [
        row(
            1, "https://a.org/x/1", count: 9, host: "a.org", place: "https://a.org/x/", group: "one", change: .risen),
        row(2, "https://b.org/", count: 7, host: "b.org", place: "https://b.org/", group: "two", change: .new),
        row(3, "HTTPS://A.org/y/", count: 7, host: "a.org", place: "https://a.org/y/", group: "one", change: .risen),
        row(4, "no\u{202e}url", count: 5, group: "two"),
    ]

    private static func ranks(_ query: String) -> [Int] {
        TablePage.rows(rows, Self.query(query)).map(\.rank)
    }

    @Test(arguments: [
        ("", [1, 2, 3, 4]), ("order=up", [4, 3, 2, 1]), ("sort=value", [3, 1, 2, 4]),
        ("sort=value&order=down", [4, 2, 1, 3]),
        ("sort=group", [1, 3, 2, 4]), ("sort=change", [2, 1, 3, 4]), ("q=A.ORG", [1, 3]), ("q=nothing", []),
        ("change=risen", [1, 3]), ("change=bogus", [1, 2, 3, 4]), ("q=%5Cxe2%5Cx80%5Cxae", [4]), ("q=%E2%80%AE", [4]),
        // "a.org", "two" and "https://a.org/x/" in base64url.
        ("host=YS5vcmc", [1, 3]), ("group=dHdv", [2, 4]), ("path=aHR0cHM6Ly9hLm9yZy94Lw", [1]),
        ("host=YS5vcmc&group=dHdv", []),
    ])
    func aQueryLeavesItsRowsInItsOrder(query: String, expected: [Int]) {
        #expect(Self.ranks(query) == expected)
    }

    @Test(arguments: [
        "", "q=a%20b%26c%3D%C3%A4", "host=YS5vcmc&path=aHR0&group=dHdv&change=cut_off&sort=value&order=down&page=3",
        "with=BBBB&sort=change", "order=up",
    ])
    func aQueryAndItsTextAreOne(text: String) {
        #expect(Self.query(text).text == text)
    }

    @Test(arguments: [
        "page=0", "page=-1", "page=x", "page=99999999999999999999", "sort=", "q=%ff", "host=!", "&&=&%", "order=down",
    ])
    func whatIsNotUnderstoodIsNotThere(text: String) {
        #expect(Self.query(text) == TableQuery())
    }

    @Test func fieldsAreReadAsBrowsersWriteThem() {
        let fields = FormFields("a=1+2&b=%3c%3E&a=3&c&=d&e=%f&%61b=x%ff".utf8)
        #expect(fields["a"] == "1 2" && fields["b"] == "<>" && fields["c"] == "" && fields["e"] == "%f")
        #expect(fields["ab"] == nil && fields.bytes("ab") == [UInt8(ascii: "x"), 0xff] && fields["z"] == nil)
        let all = (0...255).map { UInt8($0) }
        #expect(FormFields("n=\(FormFields.encoded(all))".utf8).bytes("n") == all)
    }

    @Test func aPageHasItsRows() {
        let rows = (1...1001).map { Self.row($0, "s\($0)", count: UInt64(2000 - $0)) }
        for (asked, first, count) in [("page=1", 1, 200), ("page=6", 1001, 1), ("page=9", 1001, 1)] {
            let page = TablePage(of: rows, Self.query(asked))
            #expect(page.rows.first?.rank == first && page.rows.count == count)
            #expect(page.pages == 6 && page.found == 1001 && page.total == 1001 && page.greatest == 1999)
        }
        let none = TablePage(of: rows, Self.query("q=nothing"))
        #expect(none.rows.isEmpty && none.pages == 1 && none.page == 1 && none.greatest == 1999)
    }

    @Test func theNextSumsAreOneFolderDeeper() {
        #expect(TableQuery().nextFolders == 1)
        for (path, folders) in [("https://a.org/", 1), ("https://a.org/x/", 2), ("https://a.org/x/y/", 3), ("", 1)] {
            var query = TableQuery()
            query.path = ForeignValue(Array(path.utf8))
            #expect(query.nextFolders == folders)
        }
    }
}
