import HTTPServing
import HTTPTypes
import Logging
import PopulusDAP

/// The dashboard as a server has it: who may ask what, and every answer.
package struct DashboardHandler: RequestHandler {
    let results: ResultsReader
    let live: LiveStream
    let discoveries: Discoveries
    let pages: Pages
    let logger: Logger
    let sessions: Sessions
    private let site: SameSite
    private let cookie: SessionCookie

    /// - Parameters:
    ///   - site: the names that the server is reached by.
    ///   - port: by which this dashboard is told apart from others of the same machine.
    package init(
        results: ResultsReader, live: LiveStream, discoveries: Discoveries, pages: Pages, sessions: Sessions,
        site: SameSite, port: Int, logger: Logger
    ) {
        self.results = results
        self.live = live
        self.discoveries = discoveries
        self.pages = pages
        self.sessions = sessions
        self.site = site
        cookie = SessionCookie(port: port)
        self.logger = logger
    }

    // MARK: Admitting

    package func admit(_ head: HTTPRequest) -> Result<Admission<DashboardRoute>, Refusal> {
        guard site.isOurs(head) else { return refused(421, "this server has another name; ask it by that one") }
        let target = (head.path ?? "").split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        guard let path = target.first.flatMap({ DashboardPath(reading: String($0)) }) else {
            return .failure(.unknownPath)
        }
        guard path.methods.contains(head.method) else { return .failure(.methodNotAllowed(allowed: path.methods)) }
        // Another page may lead a person here, and do nothing else.
        guard site.isOfOurPage(head) || head.method == .get && Self.isNavigation(head) else {
            return refused(403, "only the dashboard's own pages ask for this")
        }
        if case .asset(let name) = path {
            guard let asset = DashboardAsset.all.first(where: { $0.name == name }) else {
                return .failure(.unknownPath)
            }
            return .success(Admission(route: .asset(asset)))
        }
        let isSecure = site.isSecure(head)
        if path == .login {
            let route: DashboardRoute =
                head.method == .post ? .logIn(isSecure: isSecure, earlier: session(of: head)) : .login
            return .success(admission(route, head, isAuthenticated: false))
        }
        guard let session = session(of: head) else {
            return .failure(.answered(loginPage(.unauthorized, onward: Onward(head.path ?? ""))))
        }
        guard head.method == .post else {
            let fields = FormFields(target.count > 1 ? Array(target[1].utf8) : [])
            return .success(Admission(route: .look(path, fields, session), isAuthenticated: true))
        }
        return .success(admission(.send(path, session, isSecure: isSecure), head, isAuthenticated: true))
    }

    /// Who a request's cookie says that it is.
    private func session(of head: HTTPRequest) -> Sessions.Session? {
        cookie.values(in: head).lazy.compactMap { sessions.session(cookie: $0) }.first
    }

    private func admission(
        _ route: DashboardRoute, _ head: HTTPRequest, isAuthenticated: Bool
    ) -> Admission<DashboardRoute> {
        Admission(
            route: route, maximumBody: head.method == .post ? FormType.greatestBody : 0, mediaTypes: [FormType()],
            bodyDeadline: .seconds(20), isAuthenticated: isAuthenticated)
    }

    /// Whether the browser says that a person follows a link, or nothing at all.
    ///
    /// Spec: Fetch Metadata §2.2
    private static func isNavigation(_ head: HTTPRequest) -> Bool {
        head.headerFields[.known("Sec-Fetch-Mode")].map { $0 == "navigate" } ?? true
            && head.headerFields[.known("Sec-Fetch-Dest")].map { $0 == "document" } ?? true
    }

    private func refused(_ status: Int, _ words: String) -> Result<Admission<DashboardRoute>, Refusal> {
        .failure(.answered(problem(HTTPResponse.Status(code: status), words)))
    }

    // MARK: Answering

    package func respond(to route: DashboardRoute, body: [UInt8]) async -> ServerResponse {
        switch route {
        case .asset(let asset): return DashboardAnswer.asset(asset)
        case .login: return loginPage(.ok)
        case .logIn(let isSecure, let earlier): return logIn(FormFields(body), isSecure: isSecure, earlier)
        case .look(let path, let fields, let session): return await look(at: path, fields, session)
        case .send(let path, let session, let isSecure):
            let fields = FormFields(body)
            guard let sent = fields[FormField.csrf], session.form.matches(sent) else {
                return problem(
                    .forbidden, "the form is not of this session: load the page again, and send it once more")
            }
            guard path == .logout else { return await send(path, fields, session) }
            sessions.end(session)
            return DashboardAnswer.seeOther(DashboardPath.login.text, cookie: cookie.removing(isSecure: isSecure))
        }
    }

    private func logIn(_ fields: FormFields, isSecure: Bool, _ earlier: Sessions.Session?) -> ServerResponse {
        let onward = fields[FormField.onward].flatMap { Onward($0) }
        guard let value = sessions.logIn(fields[FormField.token] ?? "") else {
            logger.warning("a login with another token was refused")
            return loginPage(
                .forbidden, "that is not the token: it is the one that was printed when this dashboard was started",
                onward: onward)
        }
        // A browser that logs in again has one session, and a new one.
        if let earlier { sessions.end(earlier) }
        return DashboardAnswer.seeOther(
            onward?.text ?? DashboardPath.tasks.text, cookie: cookie.setting(value, isSecure: isSecure))
    }

    private func loginPage(
        _ status: HTTPResponse.Status, _ fault: String? = nil, onward: Onward? = nil
    ) -> ServerResponse {
        let frame = PageFrame(
            title: "Log in", csrf: nil, notice: fault.map { PageFrame.Notice($0, isFault: true) })
        return DashboardAnswer.page(pages.html(LoginView(onward: onward?.text), frame), status)
    }

    /// A page that says why there is no other; it quotes nothing of the request.
    func problem(
        _ status: HTTPResponse.Status, _ words: String, _ session: Sessions.Session? = nil
    ) -> ServerResponse {
        let frame = PageFrame(title: "No page", csrf: session?.form.text)
        return DashboardAnswer.page(pages.html(ProblemView(status: status.code, words: words), frame), status)
    }

    package func response(for refusal: Refusal, to head: HTTPRequest?) -> ServerResponse {
        if case .answered(let response) = refusal { return response }
        var response = problem(refusal.status, Self.words(refusal))
        if case .methodNotAllowed(let allowed) = refusal {
            response.headers[.allow] = allowed.map(\.rawValue).joined(separator: ", ")
        }
        return response
    }

    private static func words(_ refusal: Refusal) -> String {
        switch refusal {
        case .unknownPath: "there is no page at this address"
        case .methodNotAllowed: "this address is asked in another way"
        case .hostInvalid: "the request names no host"
        case .overloaded: "the server is busy; try again"
        default: "the request is not one of the dashboard's"
        }
    }

    package func completed(_ head: HTTPRequest?, route: DashboardRoute?, status: HTTPResponse.Status) {
        // Addresses have strings in them, and go into no log.
        logger.debug("\(head?.method.rawValue ?? "?") \(status.code)")
    }
}
