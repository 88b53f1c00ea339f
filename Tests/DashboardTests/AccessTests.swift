import Dashboard
import HTTPServingHarness
import Testing

/// Who gets in, and what a browser is told with every answer.
@Suite struct AccessTests {
    private static func addresses(_ scene: Scene) -> [DashboardPath] {
        let (task, walk) = (scene.task.id.base64URL, scene.walks[1].base64URL)
        return [
            .tasks, .task(task), .walk(task: task, walk: walk), .walkFile(task: task, walk: walk, .csv),
            .walkFile(task: task, walk: walk, .json), .comparison(task: task, walk: walk),
            .string(task: task, ForeignValue(Array("gone".utf8))), .discover(task: task), .live(task: task),
            .events(task: task),
        ]
    }

    /// A stolen link shows the login, and nothing of a result.
    @Test func anAddressWithoutTheCookieShowsTheLogin() async throws {
        let scene = try Scene()
        try await scene.serving { browser in
            for path in Self.addresses(scene) {
                let reply = try await browser.ask(path.text)
                #expect(reply.status == 401, "\(path)")
                #expect(!reply.text.contains("a.example") && !reply.text.contains("gone"), "\(path)")
                #expect(reply.body.contains("name=\"\(FormField.token)\""), "\(path)")
            }
        }
    }

    @Test func aForeignHostGetsNothing() async throws {
        let scene = try Scene()
        try await scene.serving { browser in
            let browser = try await browser.loggedIn()
            for path in Self.addresses(scene) + [.login, .asset(.style)] {
                for host in ["evil.example", "evil.example:\(browser.port)", "localhost.evil.example"] {
                    let reply = try await browser.ask("GET", path.text, fields: ["Host: \(host)"])
                    #expect(reply.status == 421 && !reply.text.contains("a.example"), "\(path) \(host)")
                }
            }
        }
    }

    @Test func theTokenLogsIn() async throws {
        let scene = try Scene()
        try await scene.serving { browser in
            let wrong = try await browser.ask("POST", "/login", body: "token=\(Secret.random().text)")
            #expect(wrong.status == 403 && wrong.fields("Set-Cookie").isEmpty)
            let right = try await browser.ask("POST", "/login", body: "token=\(browser.token.text)")
            #expect(right.status == 303 && right.fields("Location") == ["/"])
            let cookie = try #require(right.fields("Set-Cookie").first)
            for part in ["HttpOnly", "SameSite=Strict", "Path=/"] { #expect(cookie.contains(part)) }
            let tasks = try await browser.loggedIn().ask("/")
            #expect(tasks.status == 200 && tasks.body.contains(scene.task.id.base64URL))
        }
    }

    /// Another site's page, or another program's on this machine, sends a form with the cookie: it does nothing.
    @Test(arguments: [
        "Origin: https://evil.example", "Origin: null", "Origin: http://127.0.0.1:1", "Sec-Fetch-Site: cross-site",
        "Sec-Fetch-Site: same-site",
    ])
    func anotherPageCannotSend(field: String) async throws {
        let scene = try Scene()
        try await scene.serving { browser in
            let browser = try await browser.loggedIn()
            let csrf = try await browser.csrf()
            for path in [DashboardPath.login, .logout, .discover(task: scene.task.id.base64URL)] {
                let reply = try await browser.ask(
                    "POST", path.text, fields: [field],
                    body: "csrf=\(csrf)&threshold=20&token=\(browser.token.text)")
                #expect(reply.status == 403, "\(path)")
            }
            #expect(try await browser.ask("/").status == 200, "still logged in")
        }
    }

    /// A script or a picture of another page asks for nothing of ours; a person may follow its link.
    @Test func anotherPageCanOnlyLink() async throws {
        let scene = try Scene()
        try await scene.serving { browser in
            let browser = try await browser.loggedIn()
            let fields = ["Sec-Fetch-Site: same-site", "Sec-Fetch-Mode: no-cors", "Sec-Fetch-Dest: script"]
            #expect(try await browser.ask("GET", "/", fields: fields).status == 403)
            let link = ["Sec-Fetch-Site: same-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"]
            #expect(try await browser.ask("GET", "/", fields: link).status == 200)
        }
    }

    @Test func aFormNeedsItsSessionsSecret() async throws {
        let scene = try Scene()
        try await scene.serving { browser in
            let (one, other) = (try await browser.loggedIn(), try await browser.loggedIn())
            let foreign = try await other.csrf()
            for body in ["x=1", "csrf=", "csrf=\(foreign)", "csrf=\(one.token.text)"] {
                #expect(try await one.ask("POST", "/logout", body: body).status == 403, "\(body)")
            }
            let csrf = try await one.csrf()
            #expect(!csrf.isEmpty && csrf != foreign)
            #expect(try await one.ask("POST", "/logout", body: "csrf=\(csrf)").status == 303)
            #expect(try await one.ask("/").status == 401)
            #expect(try await other.ask("/").status == 200)
        }
    }

    @Test func everyAnswerKeepsItselfApart() async throws {
        let scene = try Scene()
        try await scene.serving { browser in
            let browser = try await browser.loggedIn()
            let csrf = "csrf=\(try await browser.csrf())"
            var replies = [
                try await browser.ask("/nothing"), try await browser.ask("PUT", "/"),
                try await browser.ask("GET", "/", fields: ["Host: evil.example"]),
                try await browser.ask("POST", "/logout", body: csrf),
            ]
            for path in ["/", "/login", "/assets/style.css", "/assets/script.js"] {
                replies.append(try await browser.ask(path))
            }
            for reply in replies {
                let policy = reply.fields("Content-Security-Policy").first ?? ""
                #expect(policy.hasPrefix("default-src 'none';") && policy.contains("frame-ancestors 'none'"))
                #expect(!policy.contains("unsafe"))
                #expect(reply.fields("X-Content-Type-Options") == ["nosniff"])
                #expect(reply.fields("Referrer-Policy") == ["same-origin"])
                #expect(reply.fields("Cache-Control") == ["no-store"])
            }
        }
    }

    @Test func methodsAreThoseOfTheAddress() async throws {
        let scene = try Scene()
        try await scene.serving { browser in
            let browser = try await browser.loggedIn()
            let reply = try await browser.ask("GET", "/logout")
            #expect(reply.status == 405 && reply.fields("Allow") == ["POST"])
            #expect(try await browser.ask("POST", "/", body: "x=1").status == 405)
            #expect(try await browser.ask("HEAD", "/").status == 200)
        }
    }
}
