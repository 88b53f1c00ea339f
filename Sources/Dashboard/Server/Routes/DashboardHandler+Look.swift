import HTTPServing
import PopulusDAP
import Results

/// What a session looks at.
extension DashboardHandler {
    func look(
        at path: DashboardPath, _ fields: FormFields, _ session: Sessions.Session
    ) async -> ServerResponse {
        do throws(ResultsError) {
            return try await found(at: path, fields, session) ?? nothing(session)
        } catch {
            logger.error("the file of results cannot be read: \(error)")
            return problem(
                .internalServerError, "the file of results cannot be read now; the dashboard's log says why", session)
        }
    }

    private func nothing(_ session: Sessions.Session) -> ServerResponse {
        problem(.notFound, "nothing is kept under this address; it may have been deleted", session)
    }

    /// - Returns: nothing where nothing is kept.
    private func found(
        at path: DashboardPath, _ fields: FormFields, _ session: Sessions.Session
    ) async throws(ResultsError) -> ServerResponse? {
        switch path {
        case .tasks:
            let (known, walking) = (discoveries.tasks, discoveries.running)
            let view = try await read { views throws(ResultsError) in
                try views.tasks(known: known, walking: walking)
            }
            return DashboardAnswer.page(pages.html(view, PageFrame(title: "Tasks", csrf: session.form.text)))
        case .task(let name): return try await task(name, session)
        case .walk(let task, let walk): return try await self.walk(walk, of: task, TableQuery(fields), session)
        case .comparison(let task, let walk):
            return try await comparison(walk, of: task, TableQuery(fields), session)
        case .string(let task, let value): return try await string(value, of: task, session)
        case .collection(let task, let key): return try await collection(key, of: task, session)
        case .walkFile(let task, let walk, let format):
            return try await file(walk, of: task, format, TableQuery(fields))
        case .collectionFile(let task, let key, let format): return try await file(collection: key, of: task, format)
        case .discover(let task): return try await discoveryForm(task, session)
        case .live(let task): return livePage(task, session)
        case .events(let task): return events(task, session)
        case .login, .logout, .start, .asset: return nil
        }
    }

    private func read<Value: Sendable>(
        _ body: @escaping @Sendable (ResultViewMaker) throws(ResultsError) -> Value
    ) async throws(ResultsError) -> Value {
        try await results.read { store throws(ResultsError) in try body(ResultViewMaker(store: store)) }
    }

    // MARK: Pages

    private func task(_ name: String, _ session: Sessions.Session) async throws(ResultsError) -> ServerResponse? {
        guard let id = TaskID(base64URL: name) else { return nil }
        let known = discoveries.starter(of: id)?.task
        let discovery = discovery(of: id)
        let view = try await read { views throws(ResultsError) -> TaskView? in
            guard let task = try views.task(id) ?? known else { return nil }
            return try views.task(task, discovery)
        }
        return view.map {
            DashboardAnswer.page(
                pages.html($0, frame($0.facts.name, session, refresh: discovery == .running ? 30 : nil)))
        }
    }

    /// Whether a walk of a task can be started here.
    private func discovery(of task: TaskID) -> TaskView.Discovery {
        if discoveries.running.contains(task) { return .running }
        return discoveries.starter(of: task) == nil
            ? .impossible("The dashboard was started without this task's file of the Collector.") : .possible
    }

    private func walk(
        _ name: String, of task: String, _ query: TableQuery, _ session: Sessions.Session
    ) async throws(ResultsError) -> ServerResponse? {
        guard let id = TaskID(base64URL: task), let walk = WalkID(base64URL: name) else { return nil }
        let view = try await read { views throws(ResultsError) in try views.walk(walk, of: id, query) }
        return view.map { DashboardAnswer.page(pages.html($0, frame($0.head.name, session, below: $0.facts))) }
    }

    private func comparison(
        _ name: String, of task: String, _ query: TableQuery, _ session: Sessions.Session
    ) async throws(ResultsError) -> ServerResponse? {
        guard let id = TaskID(base64URL: task), let walk = WalkID(base64URL: name) else { return nil }
        let compared = try await read { views throws(ResultsError) in try views.comparison(walk, of: id, query) }
        switch compared {
        case .missing: return nil
        case .refused(let refusal): return problem(.conflict, "\(refusal)", session)
        case .view(let view):
            return DashboardAnswer.page(
                pages.html(view, frame("What changed", session, below: view.facts, walk: view.later)))
        }
    }

    private func string(
        _ value: ForeignValue, of task: String, _ session: Sessions.Session
    ) async throws(ResultsError) -> ServerResponse? {
        guard let id = TaskID(base64URL: task) else { return nil }
        let view = try await read { views throws(ResultsError) -> StringView? in
            guard let task = try views.task(id) else { return nil }
            return try views.string(value.bytes, of: task)
        }
        return view.map { DashboardAnswer.page(pages.html($0, frame("String", session, below: $0.facts))) }
    }

    private func collection(
        _ name: String, of task: String, _ session: Sessions.Session
    ) async throws(ResultsError) -> ServerResponse? {
        guard let id = TaskID(base64URL: task), let key = KeptCollection.Key(name) else { return nil }
        let view = try await read { views throws(ResultsError) in try views.collection(key, of: id) }
        return view.map { DashboardAnswer.page(pages.html($0, frame($0.name, session, below: $0.facts))) }
    }

    /// - Parameters:
    ///   - task: that of the page above.
    ///   - walk: a walk of it, whose page is above.
    func frame(
        _ title: String, _ session: Sessions.Session, below task: TaskFacts? = nil, walk: WalkFacts? = nil,
        notice: PageFrame.Notice? = nil, refresh: Int? = nil
    ) -> PageFrame {
        var crumbs = [PageFrame.Crumb("Tasks", .tasks)]
        if let task {
            crumbs.append(PageFrame.Crumb(task.name, .task(task.id)))
            if let walk { crumbs.append(PageFrame.Crumb(walk.name, .walk(task: task.id, walk: walk.walk))) }
        }
        return PageFrame(
            title: title, crumbs: crumbs, csrf: session.form.text, notice: notice, refresh: refresh)
    }

    // MARK: Files

    private func file(
        _ name: String, of task: String, _ format: DownloadFormat, _ query: TableQuery
    ) async throws(ResultsError) -> ServerResponse? {
        guard let id = TaskID(base64URL: task), let walk = WalkID(base64URL: name) else { return nil }
        let bytes = try await read { views throws(ResultsError) in
            try views.walk(walk, of: id, as: format, query)
        }
        return bytes.map { DashboardAnswer.file($0, format, name: "walk-\(name)") }
    }

    private func file(
        collection name: String, of task: String, _ format: DownloadFormat
    ) async throws(ResultsError) -> ServerResponse? {
        guard let id = TaskID(base64URL: task), let key = KeptCollection.Key(name) else { return nil }
        let bytes = try await read { views throws(ResultsError) in try views.collection(key, of: id, as: format) }
        return bytes.map { DashboardAnswer.file($0, format, name: "collection-\(name)") }
    }
}
