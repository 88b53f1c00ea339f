import PopulusDAP

extension LoginView {
    var model: Model { Model.of(["onward": onward]) }
}

extension ProblemView {
    var model: Model { ["words": words] }
}

extension TaskFacts {
    /// What tells a task from others in a few letters; its whole ID stands on its page.
    var name: String { "Task \(id.prefix(6))" }

    var facts: [Fact] {
        var facts = [Fact("Task", id, isWide: true)]
        if let encoding { facts.append(Fact("Encoding", isGrouped ? "\(encoding), with groups" : encoding)) }
        // What a task file has is foreign too.
        return facts + [Fact("Leader", ForeignText.escaped(leader)), Fact("Helper", ForeignText.escaped(helper))]
    }
}

extension TasksView {
    var model: Model {
        ["hasTasks": !tasks.isEmpty, "tasks": tasks.map(\.model)]
    }
}

extension TasksView.TaskRow {
    var model: Model {
        Model.of([
            "path": DashboardPath.task(facts.id).text,
            "name": facts.name,
            "live": isWalking ? DashboardPath.live(task: facts.id).text : nil,
            "walks": Words.counted(walks, "walk"),
            "collections": Words.counted(collections, "collection"),
            "latest": latest.map { ["iso": Words.iso($0), "text": Words.moment($0)] as Model },
            "facts": ([Fact("Scheme", facts.vdaf)] + facts.facts.dropFirst()).map(\.model),
        ])
    }
}

extension TaskView {
    var model: Model {
        var why: String?
        if case .impossible(let reason) = discovery { why = reason }
        return Model.of([
            "facts": ([Fact("Scheme", facts.vdaf)] + facts.facts).map(\.model),
            "canDiscover": discovery == .possible,
            "discover": DashboardPath.discover(task: facts.id).text,
            "live": discovery == .running ? DashboardPath.live(task: facts.id).text : nil,
            "why": why,
            "hasWalks": !walks.isEmpty,
            "walks": walks.map(\.model),
            "hasCollections": !collections.isEmpty,
            "collections": collections.map { $0.model(task: facts.id) },
        ])
    }
}

extension TaskView.WalkRow {
    var model: Model {
        [
            "path": DashboardPath.walk(task: head.task, walk: head.walk).text,
            "when": head.when,
            "ending": head.ending.words,
            "strings": Words.number(strings),
            "reports": Words.number(head.reports),
            "threshold": head.limit,
            "iso": Words.iso(head.ended),
            "ended": Words.moment(head.ended),
        ]
    }
}

extension TaskView.CollectionRow {
    func model(task: String) -> Model {
        [
            "path": DashboardPath.collection(task: task, key: key).text,
            "when": Words.span(interval),
            "numbers": Words.number(numbers),
            "reports": Words.number(reports),
            "iso": Words.iso(ended),
            "ended": Words.moment(ended),
        ]
    }
}

extension WalkFacts {
    /// Which walk it is, for the page's title.
    var name: String { "Walk of \(interval.map(Words.span) ?? "a batch that \(when)")" }

    /// Which reports it is of; when it ended, where nobody knows.
    var when: String { interval.map(Words.span) ?? "ended \(Words.moment(ended))" }

    /// The threshold as it was written, with its votes where that is something else.
    var limit: String {
        let shown = ForeignText.escaped(threshold)
        guard let votes, "\(votes)" != threshold else { return shown }
        return "\(shown) (\(Words.counted(votes, "vote")))"
    }
}

extension WalkFacts.Ending {
    var words: String {
        switch self {
        case .complete: "complete"
        case .cutOff: "cut off"
        case .failed: "no result"
        }
    }
}
