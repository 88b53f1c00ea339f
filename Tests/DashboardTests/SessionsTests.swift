import Dashboard
import Testing

/// Who is logged in, and for how long.
@Suite struct SessionsTests {
    @Test func theTokenBeginsASession() throws {
        let token = Secret.random()
        let sessions = Sessions(token: token)
        #expect(sessions.logIn(Secret.random().text) == nil)
        #expect(sessions.logIn("") == nil)
        let cookie = try #require(sessions.logIn(token.text))
        #expect(sessions.session(cookie: cookie) != nil)
        #expect(sessions.session(cookie: token.text) == nil, "the token is no cookie")
        #expect(sessions.session(cookie: String(cookie.dropLast())) == nil)
    }

    @Test func eachSessionHasAFormOfItsOwn() throws {
        let token = Secret.random()
        let sessions = Sessions(token: token)
        let (one, other) = (try #require(sessions.logIn(token.text)), try #require(sessions.logIn(token.text)))
        let forms = try [one, other].map { try #require(sessions.session(cookie: $0)).form }
        #expect(forms[0].matches(forms[0].text) && !forms[0].matches(forms[1].text))
    }

    @Test func aSessionEnds() throws {
        let token = Secret.random()
        let sessions = Sessions(token: token)
        let cookie = try #require(sessions.logIn(token.text))
        sessions.end(try #require(sessions.session(cookie: cookie)))
        #expect(sessions.session(cookie: cookie) == nil)
    }

    /// Each request makes it last; without one it is over.
    @Test func aSessionIsOverAfterARest() throws {
        let token = Secret.random()
        let sessions = Sessions(token: token)
        let start = ContinuousClock.now
        let cookie = try #require(sessions.logIn(token.text, now: start))
        let half = Sessions.rest / 2
        #expect(sessions.session(cookie: cookie, now: start + half) != nil)
        #expect(sessions.session(cookie: cookie, now: start + half * 2) != nil)
        #expect(sessions.session(cookie: cookie, now: start + half * 2 + Sessions.rest) == nil)
        #expect(sessions.session(cookie: cookie, now: start) == nil, "what is over stays so")
    }

    /// A further session takes the place of the one that was away longest.
    @Test func thereAreNotTooMany() throws {
        let token = Secret.random()
        let sessions = Sessions(token: token)
        let start = ContinuousClock.now
        let cookies = try (0...Sessions.most).map { index in
            try #require(sessions.logIn(token.text, now: start + .seconds(index)))
        }
        #expect(sessions.session(cookie: cookies[0], now: start + .seconds(1000)) == nil)
        #expect(sessions.session(cookie: cookies[1], now: start + .seconds(1000)) != nil)
    }

    @Test func secretsFitACookieAndDiffer() {
        let all = (0..<50).map { _ in Secret.random().text }
        #expect(Set(all).count == 50)
        #expect(all.allSatisfy { $0.utf8.count == 43 && !$0.contains(where: { "+/=".contains($0) }) })
    }
}
