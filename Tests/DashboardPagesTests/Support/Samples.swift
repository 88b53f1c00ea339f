import Dashboard

/// A view of each kind, in which everything that a client, a task file or a reader may have written is one text.
struct Samples {
    let foreign: ForeignValue
    /// The same as text, as far as it is text.
    let words: String

    init(_ bytes: [UInt8]) { self.init(ForeignValue(bytes), words: String(decoding: bytes, as: UTF8.self)) }

    init(_ foreign: ForeignValue, words: String) {
        (self.foreign, self.words) = (foreign, words)
    }

    var frame: PageFrame {
        PageFrame(
            title: "A page", crumbs: [PageFrame.Crumb(words, .tasks)], csrf: words,
            notice: PageFrame.Notice(words, isFault: true), refresh: 5)
    }

    var facts: TaskFacts {
        TaskFacts(id: "AAAA", vdaf: words, encoding: words, leader: words, helper: words, isGrouped: true)
    }

    func head(_ ending: WalkFacts.Ending = .complete) -> WalkFacts {
        WalkFacts(
            walk: "BBBB", task: "AAAA", interval: TimeSpan(start: 1_700_000_000, end: 1_700_003_600),
            ended: 1_700_003_700, threshold: words, votes: 20, leastCount: 18, reports: 1000, lateRejections: 1,
            halfWidth: 7, ending: ending, other: 30)
    }

    func row(_ rank: Int, count: UInt64 = 120) -> StringRow {
        StringRow(
            rank: rank, listed: foreign, group: foreign, value: foreign, host: foreign, place: foreign, count: count,
            low: count - min(count, 7), high: count + 7, change: .risen, earlier: 30,
            history: [nil, 30, 31, nil, count])
    }

    var query: TableQuery {
        var query = TableQuery()
        query.search = words.isEmpty ? "words" : words
        (query.host, query.path, query.group, query.change) = (foreign, foreign, foreign, .risen)
        return query
    }

    var step: LiveView.LiveStep {
        LiveView.LiveStep(
            step: 0, bits: 4, candidates: 16, survivors: 3, reports: 1000, lateRejections: 0, seconds: 0.5)
    }

    func live(_ phase: LiveView.Phase) -> LiveView {
        LiveView(
            task: "AAAA", walk: "BBBB", threshold: words, bits: 8, phase: phase, steps: [step], secondsLeft: 12,
            lateRejectionLimit: 4)
    }

    var rejection: RejectionRow {
        RejectionRow(party: "helper", reason: "vdaf_verify_error", meaning: "its shares do not verify", count: 1234)
    }

    func walk(_ ending: WalkFacts.Ending = .complete, _ query: TableQuery? = nil, rows: Int = 3) -> WalkView {
        let query = query ?? self.query
        return WalkView(
            facts: facts, head: head(ending), query: query,
            table: TablePage(of: (1...rows).map { row($0) }, TableQuery()),
            sums: [.host, .path, .group].map {
                SumsView(
                    part: $0, of: Array(repeating: SumsView.Row(key: foreign, strings: 2, atLeast: 220), count: 25),
                    page: 2)
            },
            before: head(), comparable: [head()], steps: [step], rejections: [rejection],
            remarks: [words])
    }

    var comparison: ComparisonView {
        ComparisonView(
            facts: facts, earlier: head(), later: head(), threshold: 20, query: query, totals: [.risen: 2, .gone: 1],
            rows: [
                ComparisonView.Row(
                    change: .gone, listed: foreign, group: foreign, value: foreign, earlier: 30, later: nil)
            ], found: 1)
    }

    var string: StringView {
        StringView(
            facts: facts, listed: foreign, group: foreign, value: foreign,
            sightings: [
                StringView.Sighting(walk: head(), what: .listed(count: 40, low: 33, high: 47)),
                StringView.Sighting(walk: head(), what: .below(20)),
                StringView.Sighting(walk: head(), what: .listed(count: 30, low: nil, high: nil)),
            ])
    }

    var collection: CollectionView {
        CollectionView(
            facts: facts, key: "CCCC", interval: TimeSpan(start: 0, end: 60), ended: 70, reports: 9, halfWidth: 3,
            isOneNumber: false,
            rows: [
                CollectionView.Row(index: 0, value: foreign, number: 5),
                CollectionView.Row(index: 1, value: foreign, number: -2),
            ], rejections: nil, remarks: [words])
    }

    var task: TaskView {
        TaskView(
            facts: facts, walks: [TaskView.WalkRow(head: head(), strings: 3)],
            collections: [
                TaskView.CollectionRow(
                    key: "CCCC", interval: TimeSpan(start: 0, end: 60), ended: 70, reports: 9, numbers: 2)
            ], discovery: .impossible(words))
    }

    var tasks: TasksView {
        TasksView(tasks: [TasksView.TaskRow(facts: facts, walks: 1, collections: 1, latest: 70, isWalking: true)])
    }

    /// All pages, by name.
    func pages(_ pages: Pages) -> [(name: String, html: [UInt8])] {
        [
            ("login", pages.html(LoginView(onward: words), frame)),
            ("problem", pages.html(ProblemView(status: 404, words: words), frame)),
            ("tasks", pages.html(tasks, frame)),
            ("task", pages.html(task, frame)),
            (
                "discover",
                pages.html(
                    DiscoveryFormView(
                        facts: facts, threshold: words, leastThreshold: 10, leastBatch: 50, promise: words,
                        interval: DiscoveryFormView.Interval(since: words, until: words)), frame)
            ),
            (
                "question",
                pages.html(DiscoveryQuestionView(facts: facts, threshold: words, batch: words, question: words), frame)
            ),
            ("waiting", pages.html(live(.waiting(words)), frame)),
            ("failed", pages.html(live(.failed(words)), frame)),
            ("walk", pages.html(walk(), frame)),
            ("cut off", pages.html(walk(.cutOff(unfinished: 2, beginnings: [foreign])), frame)),
            ("no result", pages.html(walk(.failed(words)), frame)),
            ("comparison", pages.html(comparison, frame)),
            ("string", pages.html(string, frame)),
            ("collection", pages.html(collection, frame)),
        ]
    }
}
