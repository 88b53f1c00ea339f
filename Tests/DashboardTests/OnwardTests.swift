import Dashboard
import HTTPServingHarness
import PopulusDAP
import Testing

/// Where a login leads to.
@Suite struct OnwardTests {
    private static let task = TaskID.random().base64URL
    private static let walk = WalkID.random().base64URL

    @Test(arguments: [
        "/", "/tasks/\(task)", "/tasks/\(task)/discover", "/tasks/\(task)/walks/\(walk)?q=a%20b&sort=value",
        "/tasks/\(task)/walks/\(walk)/comparison?with=\(walk)", "/tasks/\(task)/strings/PGI-",
    ])
    func aPageIsLedTo(target: String) {
        #expect(Onward(target)?.text == target)
    }

    /// No other site, nothing that does something or saves a file, and nothing that would end a field of the answer.
    @Test(arguments: [
        "", "tasks", "//evil.example/", "https://evil.example/", "/\\evil.example/", "/login", "/logout",
        "/tasks/\(task)/start", "/tasks/\(task)/events", "/tasks/\(task)/walks/\(walk)/result.csv", "/assets/script.js",
        "/tasks/\(task)/walks/x\r\nSet-Cookie: a=b", "/tasks/\(task)/walks/..", "/tasks/../login",
        "javascript:alert(1)",
        "@evil.example/", "/@evil.example", "/tasks/\(task)/walks/%0d%0a",
    ])
    func whatIsNoPageOfOursIsNot(target: String) {
        #expect(Onward(target) == nil)
    }

    /// A query is read and written anew: what is no part of a view goes.
    @Test func aQueryHasOnlyWhatAViewHas() {
        let target = "/tasks/\(Self.task)/walks/\(Self.walk)?next=//evil.example&q=%0d%0aSet-Cookie:a&page=2"
        #expect(
            Onward(target)?.text == "/tasks/\(Self.task)/walks/\(Self.walk)?q=%0D%0ASet-Cookie%3Aa&page=2")
    }

    @Test func aLinkIsFollowedAfterTheLogin() async throws {
        let scene = try Scene()
        try await scene.serving { browser in
            let path =
                DashboardPath.walk(task: scene.task.id.base64URL, walk: scene.walks[1].base64URL).text + "?sort=value"
            let refused = try await browser.ask(path)
            #expect(refused.status == 401 && Browser.field(FormField.onward, of: refused.body) == path)
            let token = "token=\(browser.token.text)"
            for (sent, location) in [(path, path), ("//evil.example", "/"), ("/x\r\nA: b", "/")] {
                let body = token + "&onward=" + FormFields.encoded(sent.utf8)
                let reply = try await browser.ask("POST", "/login", body: body)
                #expect(reply.status == 303 && reply.fields("Location") == [location])
            }
            let wrong = try await browser.ask("POST", "/login", body: "token=x&onward=\(FormFields.encoded(path.utf8))")
            #expect(wrong.status == 403 && Browser.field(FormField.onward, of: wrong.body) == path)
        }
    }
}
