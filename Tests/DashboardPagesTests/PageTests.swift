import Dashboard
import Foundation
import Testing

/// Pages that need no script, no other server, and nothing that a strict policy forbids.
@Suite struct PageTests {
    private static let samples = Samples(Array("https://example.org/a".utf8))

    private static func texts() throws -> [(name: String, text: String)] {
        try samples.pages(Pages()).map { ($0.name, String(decoding: $0.html, as: UTF8.self)) }
    }

    @Test func nothingStandsInAPageThatAPolicyMustPermit() throws {
        for (name, text) in try Self.texts() {
            #expect(!text.contains(/<[^>]* (?:style|on[a-z]+)=/), "the page \(name) has a style or a handler")
            #expect(!text.contains("<style") && text.components(separatedBy: "<script").count == 2, "\(name)")
            for match in text.matches(of: /(?:src|href|action)="([^"]*)"/) {
                #expect(
                    match.1.hasPrefix("/") && !match.1.hasPrefix("//") || ["#content", ""].contains(match.1),
                    "\(name): \(match.1)")
            }
            #expect(!text.contains("{{") && !text.contains("}}"), "\(name)")
        }
    }

    @Test func everyFormThatChangesSomethingHasTheToken() throws {
        for (name, text) in try Self.texts() {
            for form in text.components(separatedBy: "<form ").dropFirst() {
                let form = form.prefix(upTo: form.range(of: "</form>")?.lowerBound ?? form.endIndex)
                guard form.hasPrefix("method=\"post\"") else { continue }
                #expect(form.contains("name=\"csrf\"") != form.contains("action=\"/login\""), "\(name): \(form)")
            }
        }
    }

    @Test func everyTagIsClosed() throws {
        let empty: Set = ["!DOCTYPE", "meta", "link", "input"]
        for (name, html) in Self.samples.pages(try Pages()) {
            var open: [String] = []
            for tag in Skeleton(html).tags {
                let word = String(tag.prefix { $0 != " " && $0 != "\n" })
                if word.hasPrefix("/") {
                    #expect(open.popLast() == String(word.dropFirst()), "\(name): \(tag)")
                } else if !empty.contains(word), !tag.hasSuffix("/") {
                    open.append(word)
                }
            }
            #expect(open.isEmpty, "\(name): \(open)")
        }
    }

    /// Ten thousand strings are pages of two hundred, of a size that comes at once.
    @Test func aPageOfManyStringsIsSmall() throws {
        let view = Self.samples.walk(.complete, TableQuery(), rows: 10_000)
        let html = try Pages().html(view, Self.samples.frame)
        #expect(view.table.rows.count == 200 && view.table.pages == 50)
        #expect(html.count < 600_000)
        let text = String(decoding: html, as: UTF8.self)
        #expect(text.contains("10,000 strings") && text.contains("page 1 of 50"))
        #expect(text.contains("href=\"/tasks/AAAA/walks/BBBB?page=2\""))
    }

    @Test func aTableSortsAndFiltersByItsAddress() throws {
        var query = TableQuery()
        query.search = "a b"
        let text = String(
            decoding: try Pages().html(Self.samples.walk(.complete, query), Self.samples.frame), as: UTF8.self)
        #expect(text.contains("aria-sort=\"descending\"><a href=\"/tasks/AAAA/walks/BBBB?q=a%20b&amp;order=up\""))
        #expect(text.contains("<a href=\"/tasks/AAAA/walks/BBBB?q=a%20b&amp;sort=value\""))
        #expect(text.contains("name=\"q\" value=\"a b\""))
        #expect(text.contains("aria-label=\"in the latest 5 walks: not listed, 30, 31, not listed, 120\""))
        #expect(text.contains("<polyline points=\"26.00,16.50 50.00,16.35\"/>"))
    }

    @Test(arguments: [
        (LiveView.Phase.waiting("more reports"), "more reports", false),
        (.asking(step: 1, level: 5, candidates: 1200), "Step 2: bit 6 of 8, 1,200 candidates", false),
        (.planning, "The next step is made", false),
        (.finished(strings: 1), "Finished: 1 string", true),
        (.failed("it was <ended>"), "The walk has ended without a result: it was <ended>", true),
    ])
    func anEventSaysWhatThePageSays(phase: LiveView.Phase, state: String, isOver: Bool) throws {
        struct Event: Decodable {
            let state: String
            let percent: Int
            let estimate: String
            let result: String?
            let over: Bool
            let steps: [[String]]
            let tree: [[Double]]
        }
        let text = String(decoding: try Pages().event(Self.samples.live(phase)), as: UTF8.self)
        #expect(text.hasPrefix("data: ") && text.hasSuffix("\n\n") && text.filter { $0 == "\n" }.count == 2)
        let event = try JSONDecoder().decode(Event.self, from: Data(text.dropFirst(6).utf8))
        #expect(event.state == state && event.over == isOver)
        #expect(event.result == (state.hasPrefix("Finished") ? "/tasks/AAAA/walks/BBBB" : nil))
        #expect(event.percent == (state.hasPrefix("Finished") ? 100 : 50))
        #expect(event.estimate.isEmpty == isOver)
        #expect(event.steps == [["1", "4", "16", "3", "1,000", "0", "0.50 s", "32,000"]])
        #expect(event.tree.count == 1 && event.tree[0].prefix(2) == [0, 400])
    }

    @Test func whatIsLoadedIsThere() {
        #expect(DashboardAsset.all.map(\.name.rawValue) == ["style.css", "script.js", "icon.svg"])
        for asset in DashboardAsset.all {
            #expect(!asset.text.isEmpty)
            #expect(!asset.text.contains(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|@import|url\(/))
            #expect(!asset.text.replacing("http://www.w3.org/2000/svg", with: "").contains(/https?:/))
        }
    }
}
