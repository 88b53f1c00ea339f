import Dashboard
import Foundation
import HTTPServingHarness
import PopulusDAP
import Results
import ResultsHarness
import Testing

/// What is kept, as pages and files.
@Suite struct ResultTests {
    private static func path(_ scene: Scene, _ walk: Int = 1) -> String {
        DashboardPath.walk(task: scene.task.id.base64URL, walk: scene.walks[walk].base64URL).text
    }

    /// Text that a client sent is text, wherever it stands.
    @Test func aHostileStringIsText() async throws {
        let scene = try Scene()
        try await scene.serving { browser in
            let browser = try await browser.loggedIn()
            let task = scene.task.id.base64URL
            let value = ForeignValue(Array(Scene.hostile.utf8))
            let paths = [
                Self.path(scene), Self.path(scene) + "?q=script", Self.path(scene) + "?q=%22%3E%3Cscript%3Ealert(1)",
                DashboardPath.comparison(task: task, walk: scene.walks[1].base64URL).text,
                DashboardPath.string(task: task, value).text,
            ]
            for path in paths {
                let reply = try await browser.ask("GET", path)
                #expect(reply.status == 200, "\(path)")
                #expect(!reply.body.contains("<script>alert") && !reply.body.contains("\u{202E}"), "\(path)")
                #expect(reply.body.contains("alert(1)"), "it is shown all the same: \(path)")
            }
        }
    }

    @Test func aTableIsNarrowedDownByItsAddress() async throws {
        let scene = try Scene()
        try await scene.serving { browser in
            let browser = try await browser.loggedIn()
            let all = try await browser.ask("GET", Self.path(scene)).body
            #expect(all.contains("a.example/x") && all.contains("b.example/y"))
            let searched = try await browser.ask("GET", Self.path(scene) + "/result.csv?q=B.EXAMPLE").body
            #expect(searched.contains("b.example/y/z") && !searched.contains("a.example"))
            let host = Base64URL.encode(Array("a.example".utf8))
            let narrowed = try await browser.ask("GET", Self.path(scene) + "/result.csv?host=\(host)").body
            #expect(narrowed.contains("a.example/x") && !narrowed.contains("b.example"))
        }
    }

    @Test func filesAreThoseOfTheExport() async throws {
        let scene = try Scene()
        try await scene.serving { browser in
            let browser = try await browser.loggedIn()
            let csv = try await browser.ask("GET", Self.path(scene) + "/result.csv")
            #expect(csv.fields("Content-Disposition").first?.hasPrefix("attachment; filename=\"walk-") == true)
            #expect(csv.body.hasPrefix("value,count,fraction\r\n") && csv.body.contains("https://a.example/x,700,"))
            let json = try await browser.ask("GET", Self.path(scene) + "/result.json")
            #expect(json.fields("Content-Type") == ["application/json"])
            #expect(json.body.hasPrefix("{\"format\":\"\(ResultsJSON.format)\""))
        }
    }

    @Test func whatChangedIsSaid() async throws {
        let scene = try Scene()
        try await scene.serving { browser in
            let browser = try await browser.loggedIn()
            let task = scene.task.id.base64URL
            let path = DashboardPath.comparison(task: task, walk: scene.walks[1].base64URL).text
            for query in ["", "?with=\(scene.walks[0].base64URL)"] {
                let body = try await browser.ask("GET", path + query).body
                #expect(body.contains("gone") && body.contains("b.example"))
            }
            #expect(try await browser.ask("GET", path + "?with=\(WalkID.random().base64URL)").status == 404)
            #expect(try await browser.ask("GET", path + "?with=\(scene.walks[1].base64URL)").status == 409)
        }
    }

    @Test(arguments: ["x", WalkID.random().base64URL]) func whatIsNotKeptIsNotFound(walk: String) async throws {
        let scene = try Scene()
        try await scene.serving { browser in
            let browser = try await browser.loggedIn()
            for task in [scene.task.id, .random()] {
                for path in [
                    DashboardPath.walk(task: task.base64URL, walk: walk),
                    .walkFile(task: task.base64URL, walk: walk, .csv), .comparison(task: task.base64URL, walk: walk),
                    .collection(task: task.base64URL, key: walk),
                ] {
                    let reply = try await browser.ask("GET", path.text)
                    #expect(reply.status == 404 && !reply.text.contains("a.example"), "\(path)")
                }
            }
        }
    }

    /// A schedule writes while pages are read.
    @Test func whatIsRecordedLaterIsThere() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "dashboard-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "results.sqlite").path
        let writer = try ResultsStore(path: path, for: .recording)
        let reader = try ResultsReader(path: path)
        #expect(try await reader.read { store throws(ResultsError) in try store.tasks().count } == 0)
        let task = try Sample.task()
        try writer.record(Sample.walk(task, [Sample.string("a", 200)]), of: task)
        #expect(try await reader.read { store throws(ResultsError) in try store.tasks().count } == 1)
        try writer.close()

        // Another file takes the name.
        try FileManager.default.removeItem(atPath: path)
        try ResultsStore(path: path, for: .recording).close()
        #expect(try await reader.read { store throws(ResultsError) in try store.tasks().count } == 0)
    }

    /// One row a string, in its order, one count a walk.
    @Test func countsOfStringsInWalks() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "dashboard-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = try ResultsStore(path: folder.appending(path: "results.sqlite").path, for: .recording)
        let task = try Sample.task()
        let walks = [
            Sample.walk(task, day: 1, [Sample.string("a", 200), Sample.string("b", 150)]),
            Sample.walk(task, day: 2, [Sample.string("b", 170)]),
        ]
        for walk in walks { try store.record(walk, of: task) }
        let ids = walks.map(\.walk) + [WalkID.random()]
        let counts = try store.counts(of: ["b", "a", "c"].map { Array($0.utf8) }, in: ids, task: task.id)
        #expect(counts == [[150, 170, nil], [200, nil, nil], [nil, nil, nil]])
        #expect(try store.counts(of: [[1]], in: ids, task: .random()) == [[nil, nil, nil]])
        try store.close()
    }
}
