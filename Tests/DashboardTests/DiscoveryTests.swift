import Dashboard
import HTTPServingHarness
import PopulusDAP
import Testing

/// Walks that are started from a page.
@Suite struct DiscoveryTests {
    private static func question(_ scene: Scene, _ browser: Browser, _ body: String = "threshold=20") async throws
        -> RawSocket.Reply
    {
        let path = DashboardPath.discover(task: scene.task.id.base64URL).text
        return try await browser.ask("POST", path, body: "csrf=\(try await browser.csrf())&\(body)")
    }

    private static func start(_ scene: Scene, _ browser: Browser, _ question: String) async throws -> RawSocket.Reply {
        let path = DashboardPath.start(task: scene.task.id.base64URL).text
        return try await browser.ask("POST", path, body: "csrf=\(try await browser.csrf())&question=\(question)")
    }

    @Test func aWalkIsAskedForTwiceAndStartedOnce() async throws {
        let scene = try Scene()
        try await scene.serving { browser in
            let browser = try await browser.loggedIn()
            let asked = try await Self.question(scene, browser)
            #expect(asked.status == 200 && scene.starter.walked.isEmpty, "nothing begins before the second yes")
            let question = Browser.field(FormField.question, of: asked.body)
            let other = Browser.field(FormField.question, of: try await Self.question(scene, browser).body)

            let started = try await Self.start(scene, browser, question)
            #expect(started.status == 303)
            #expect(started.fields("Location") == [DashboardPath.live(task: scene.task.id.base64URL).text])
            #expect(try await Self.start(scene, browser, question).status == 409, "a question is answered once")
            #expect(try await Self.start(scene, browser, other).status == 409, "one walk at a time")
            #expect(try await Self.question(scene, browser).status == 422)
            #expect(scene.discoveries.running == [scene.task.id])

            scene.starter.letGo()
            await scene.discoveries.end()
            #expect(scene.starter.walked == [WalkWish(threshold: "20")])
            #expect(scene.discoveries.running.isEmpty)
        }
    }

    /// What was answered for one session is no answer of another's.
    @Test func aQuestionIsOfItsSession() async throws {
        let scene = try Scene()
        try await scene.serving { browser in
            let (one, other) = (try await browser.loggedIn(), try await browser.loggedIn())
            let question = Browser.field(FormField.question, of: try await Self.question(scene, one).body)
            #expect(try await Self.start(scene, other, question).status == 409)
            #expect(try await Self.start(scene, one, "").status == 409)
            #expect(scene.starter.walked.isEmpty && scene.discoveries.running.isEmpty)
        }
    }

    @Test(arguments: ["threshold=9", "threshold=", "x=1", "threshold=%3Cb%3E", "threshold=%FF"])
    func whatTheTaskRefusesIsNotAsked(body: String) async throws {
        let scene = try Scene()
        try await scene.serving { browser in
            let reply = try await Self.question(scene, try await browser.loggedIn(), body)
            #expect(reply.status == 422 && reply.body.contains("the least threshold is 10"))
            #expect(!reply.body.contains("<b>") && Browser.field(FormField.question, of: reply.body).isEmpty)
        }
    }

    @Test func anIntervalIsAskedForWhereTheTaskHasSome() async throws {
        let scene = try Scene(takesIntervals: true)
        try await scene.serving { browser in
            let browser = try await browser.loggedIn()
            let form = try await browser.ask("GET", DashboardPath.discover(task: scene.task.id.base64URL).text)
            #expect(
                form.body.contains("name=\"\(FormField.since)\" value=\"1970-01-04T00:00:00Z\""), "after the latest")
            #expect(form.body.contains("name=\"\(FormField.threshold)\" value=\"100\""), "as the latest")
            let asked = try await Self.question(scene, browser, "threshold=20&since=2026-01-01&until=2026-01-02")
            #expect(asked.body.contains("2026-01-02"))
            let question = Browser.field(FormField.question, of: asked.body)
            #expect(try await Self.start(scene, browser, question).status == 303)
            scene.starter.letGo()
            await scene.discoveries.end()
            #expect(
                scene.starter.walked == [WalkWish(threshold: "20", since: "2026-01-01", until: "2026-01-02")])
        }
    }

    @Test func aTaskWithoutItsFileStartsNothing() async throws {
        let scene = try Scene()
        try await scene.serving { browser in
            let browser = try await browser.loggedIn()
            let csrf = try await browser.csrf()
            let path = DashboardPath.discover(task: TaskID.random().base64URL).text
            #expect(try await browser.ask("GET", path).status == 404)
            #expect(try await browser.ask("POST", path, body: "csrf=\(csrf)&threshold=20").status == 404)
        }
    }

    /// The first event is the state as it is; what a failure's own words say stays in the process.
    @Test func aWalkIsWatched() async throws {
        let scene = try Scene()
        try await scene.serving { browser in
            let browser = try await browser.loggedIn()
            let task = scene.task.id.base64URL
            #expect(try await browser.ask("GET", DashboardPath.live(task: task).text).status == 404, "no walk yet")
            let asked = try await Self.question(scene, browser)
            _ = try await Self.start(scene, browser, Browser.field(FormField.question, of: asked.body))
            let cookie = browser.cookie ?? ""
            let reply = try await RawSocket.run {
                let socket = try RawSocket(port: browser.port)
                defer { socket.end() }
                socket.send(
                    "GET \(DashboardPath.events(task: task).text) HTTP/1.1\r\nHost: localhost\r\nCookie: \(cookie)\r\n\r\n"
                )
                var text = socket.read(for: 20) { $0.contains("data: ") }.text
                scene.starter.letGo()
                text += socket.read(for: 20) { $0.contains("cannot be right") }.text
                return text
            }
            #expect(reply.hasPrefix("HTTP/1.1 200"))
            #expect(reply.lowercased().contains("content-type: text/event-stream"))
            #expect(reply.contains("retry: 2000") && reply.contains("cannot be right"))
            #expect(!reply.contains("9 votes"))
            await scene.discoveries.end()
            let page = try await browser.ask("GET", DashboardPath.live(task: task).text)
            #expect(page.status == 200 && page.body.contains("cannot be right") && !page.body.contains("9 votes"))
        }
    }

    /// At its end the server stops walks where they can go on, and begins none.
    @Test func theEndStopsWalks() async throws {
        let scene = try Scene()
        try await scene.serving { browser in
            let browser = try await browser.loggedIn()
            let asked = try await Self.question(scene, browser)
            _ = try await Self.start(scene, browser, Browser.field(FormField.question, of: asked.body))
            await scene.discoveries.end()
            #expect(scene.discoveries.running.isEmpty && scene.live.walk(of: scene.task.id)?.isOver == true)
            let later = try await Self.question(scene, browser)
            let question = Browser.field(FormField.question, of: later.body)
            #expect(try await Self.start(scene, browser, question).status == 409)
        }
    }
}
