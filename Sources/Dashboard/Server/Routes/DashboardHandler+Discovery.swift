import HTTPServing
import PopulusDAP
import Results

/// Starting a walk, and watching it.
extension DashboardHandler {
    /// What a session's form asks for; the form's own secret was compared already.
    func send(_ path: DashboardPath, _ fields: FormFields, _ session: Sessions.Session) async -> ServerResponse {
        switch path {
        case .discover(let task): ask(task, Self.wish(fields), session)
        case .start(let task): start(task, fields[FormField.question] ?? "", session)
        default: response(for: .unknownPath, to: nil)
        }
    }

    private static func wish(_ fields: FormFields) -> WalkWish {
        func text(_ name: String) -> String? {
            fields[name].map { String($0.drop { $0 == " " }.prefix(64)) }.flatMap { $0.isEmpty ? nil : $0 }
        }
        return WalkWish(
            threshold: text(FormField.threshold) ?? "", since: text(FormField.since), until: text(FormField.until))
    }

    // MARK: The form

    /// Its fields have what the latest walk suggests: the same threshold, and the interval after its own.
    func discoveryForm(
        _ task: String, _ session: Sessions.Session
    ) async throws(ResultsError) -> ServerResponse? {
        guard let starter = starter(task) else { return nil }
        let id = starter.task.id
        let latest = try await results.read { store throws(ResultsError) -> WalkHead? in
            try store.heads(of: id).last { !$0.ending.isFailure }
        }
        let wish = WalkWish(
            threshold: starter.interruptedThreshold() ?? latest?.threshold ?? "",
            since: latest?.asked.map { Time.text(secondsSinceEpoch: $0.end) })
        return form(starter, wish, session)
    }

    private func starter(_ task: String) -> (any WalkStarter)? {
        TaskID(base64URL: task).flatMap { discoveries.starter(of: $0) }
    }

    /// - Parameter fault: why what was sent is not taken; then the page has what was sent.
    private func form(
        _ starter: any WalkStarter, _ wish: WalkWish, _ session: Sessions.Session, fault: String? = nil
    ) -> ServerResponse {
        let terms = starter.terms
        let interval =
            terms.takesIntervals ? DiscoveryFormView.Interval(since: wish.since ?? "", until: wish.until ?? "") : nil
        let view = DiscoveryFormView(
            facts: TaskFacts(starter.task), threshold: wish.threshold, leastThreshold: terms.leastThreshold,
            leastBatch: terms.leastBatch, promise: terms.promise, interval: interval)
        var notice = fault.map { PageFrame.Notice($0, isFault: true) }
        if fault == nil, let threshold = starter.interruptedThreshold() {
            notice = PageFrame.Notice(
                "A walk with the threshold \(threshold) was interrupted. It goes on with that threshold or a higher one.",
                isFault: false)
        }
        return DashboardAnswer.page(
            pages.html(
                view, frame("New discovery", session, below: TaskFacts(starter.task), notice: notice)),
            fault == nil ? .ok : .unprocessableContent)
    }

    // MARK: The question, and its answer

    /// Asks once more, since a batch is spent.
    private func ask(_ task: String, _ wish: WalkWish, _ session: Sessions.Session) -> ServerResponse {
        guard let starter = starter(task) else { return response(for: .unknownPath, to: nil) }
        do throws(StartRefusal) {
            let secret = try discoveries.ask(wish, of: starter.task.id, by: session)
            let view = DiscoveryQuestionView(
                facts: TaskFacts(starter.task), threshold: wish.threshold, batch: Self.batch(wish),
                question: secret.text)
            return DashboardAnswer.page(pages.html(view, frame("Start the walk?", session, below: view.facts)))
        } catch {
            return form(starter, wish, session, fault: error.words)
        }
    }

    /// Which reports are spent.
    private static func batch(_ wish: WalkWish) -> String {
        guard let since = wish.since, let until = wish.until else { return "The batch that the Leader selects next" }
        // What the form sent is shown as text; that it is a time was checked.
        return "The batch from \(since) until \(until)"
    }

    private func start(_ task: String, _ question: String, _ session: Sessions.Session) -> ServerResponse {
        guard let id = TaskID(base64URL: task) else { return response(for: .unknownPath, to: nil) }
        do throws(StartRefusal) {
            try discoveries.confirm(question, of: id, by: session)
            return DashboardAnswer.seeOther(DashboardPath.live(task: task).text)
        } catch {
            return problem(.conflict, error.words, session)
        }
    }

    // MARK: Watching

    /// Of tasks that are walked here.
    func events(_ task: String, _ session: Sessions.Session) -> ServerResponse? {
        guard let id = starter(task)?.task.id else { return nil }
        guard let stream = live.watch(id, while: { [sessions] in sessions.isAlive(session) }) else {
            return problem(
                .serviceUnavailable, "too many watch already; the page itself says how far the walk is", session)
        }
        return DashboardAnswer.events(stream)
    }

    func livePage(_ task: String, _ session: Sessions.Session) -> ServerResponse? {
        guard let starter = starter(task), let walk = live.walk(of: starter.task.id) else { return nil }
        return DashboardAnswer.page(
            pages.html(
                walk.view, frame("Latest walk", session, below: TaskFacts(starter.task), refresh: walk.isOver ? nil : 5)
            ))
    }
}
