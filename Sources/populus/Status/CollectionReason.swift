import PopulusDAP

/// Why a task's collection is not done, in one sentence.
struct CollectionReason: Encodable {
    enum Kind: String, Encodable {
        case leaderAway = "leader_away"
        case leaderRefuses = "leader_refuses"
        case helperAway = "helper_away"
        case helperRefuses = "helper_refuses"
        case atWork = "at_work"
        case tooFewReports = "too_few_reports"
        /// The walk's latest step is answered: the Collector asks for the next one.
        case collectorsTurn = "collectors_turn"
        case nothingAsked = "nothing_asked"
        /// The aggregator's operator has ended its work.
        case taskEnded = "task_ended"
    }

    /// For so many seconds a Collector may think about a step before its turn counts as a reason.
    static let patience: UInt64 = 60

    let kind: Kind
    let sentence: String

    /// How a script hears of it; nothing where there is nothing to do but to wait for what is at work.
    var code: CommandFailure.Code? {
        switch kind {
        case .leaderRefuses, .helperRefuses: .refused
        case .leaderAway, .helperAway, .tooFewReports: .temporary
        case .collectorsTurn: .failed
        case .atWork, .nothingAsked, .taskEnded: nil
        }
    }

    private enum CodingKeys: String, CodingKey {
        case sentence
        case kind = "reason"
    }
}

extension CollectionReason {
    /// Nothing where the Leader tells nothing of the task: to a client, or as another implementation.
    init?(_ looks: [AggregatorLook], now: UInt64) {
        for look in looks {
            guard let reason = CollectionReason(trouble: look) else { continue }
            self = reason
            return
        }
        let (statuses, ages) = (looks.compactMap(\.status), Ages(now: now))
        if let ended = statuses.first(where: { $0.end == .ended }) {
            self.init(
                kind: .taskEnded,
                sentence: "The task's work was ended by the operator of the \(ended.isLeaders ? "Leader" : "Helper").")
            return
        }
        guard let status = statuses.first(where: { $0.role == Role.leader.name }) else {
            guard let walk = statuses.first?.walk else { return nil }
            self.init(helpers: walk, heard: statuses.first?.peer?.since, ages)
            return
        }
        if let peer = status.peer, peer.state == .fault {
            let since = peer.since.map { " for \(ages.text($0))" } ?? ""
            let reason = peer.reason ?? "it does not answer as it should"
            self.init(
                kind: peer.refuses == true ? .helperRefuses : .helperAway,
                sentence: peer.refuses == true
                    ? "The Helper refuses, says the Leader\(since): \(reason)."
                    : "The Leader waits for the Helper\(since): \(reason).")
        } else if let walk = status.walk {
            self.init(walk, ages)
        } else if let collection = status.collection {
            self.init(collection, status.reports, ages)
        } else {
            self.init(noneOf: status.reports, isClosing: status.end != nil, ages)
        }
    }

    /// An aggregator that is away, or refuses.
    private init?(trouble look: AggregatorLook) {
        guard look.state != .ok else { return nil }
        let isLeader = look.role == Role.leader.name
        let (name, reason) = (isLeader ? "Leader" : "Helper", look.reason ?? "it does not say why")
        if look.state == .refuses {
            self.init(kind: isLeader ? .leaderRefuses : .helperRefuses, sentence: "The \(name) refuses: \(reason).")
        } else {
            self.init(
                kind: isLeader ? .leaderAway : .helperAway, sentence: "The \(name) is away or fails: \(reason).")
        }
    }

    private init(_ walk: WalkProgress, _ ages: Ages) {
        let step = ages.step(walk)
        guard !walk.isRunning else {
            let time = walk.asked.map { " and has been for \(ages.text($0))" } ?? ""
            let parts = walk.shards.map { "; \(walk.shardsDone ?? 0) of \($0) shards have counted it" } ?? ""
            self.init(kind: .atWork, sentence: "\(step) is at work\(time)\(parts).")
            return
        }
        guard let since = walk.answered ?? walk.asked, ages.seconds(since) >= Self.patience else {
            self.init(
                kind: .atWork, sentence: "\(step) has just been answered; the Collector's next question is due.")
            return
        }
        let ago = "\(ages.text(since)) ago"
        let age = walk.answered == nil ? "was asked \(ago) and is answered" : "was answered \(ago)"
        let next = "the walk waits for its Collector, which goes on with `populus discover --resume`"
        self.init(kind: .collectorsTurn, sentence: "\(step) \(age): \(next).")
    }

    /// What a Helper alone can say of a walk: the Leader asks it, whatever comes next.
    private init(helpers walk: WalkProgress, heard: UInt64?, _ ages: Ages) {
        let last = heard.map { "was last heard of \(ages.text($0)) ago" } ?? "was not heard of yet"
        let state = walk.isRunning ? "at work" : "answered here"
        self.init(kind: .atWork, sentence: "\(ages.step(walk)) is \(state); the Leader \(last).")
    }

    private init(_ collection: CollectionProgress, _ reports: WaitingReports?, _ ages: Ages) {
        let subject = "The collection of \(ages.text(collection.began)) ago"
        // An interval's batch has the reports of its own time; an earlier version tells of all of them alone.
        let lacks = collection.lacksReports ?? reports.map { $0.count < $0.least } ?? false
        guard collection.state == .open, let reports, lacks else {
            self.init(kind: .atWork, sentence: "\(subject) is at work: its reports are being counted.")
            return
        }
        self.init(
            kind: .tooFewReports,
            sentence: reports.count < reports.least
                ? "\(subject) waits for reports: \(reports.words) wait, and a batch needs \(reports.least)."
                : "\(subject) waits for reports of its time: it has fewer than \(reports.least), which a batch needs.")
    }

    /// - Parameter isClosing: whether no further report is taken.
    private init(noneOf reports: WaitingReports?, isClosing: Bool, _ ages: Ages) {
        var sentence = "No collection is under way: nobody has asked for one, or the last one has ended."
        if isClosing { sentence += " The task was closed by its operator, and takes no further report." }
        if let reports {
            sentence += " \(reports.words) wait; a batch needs \(reports.least)."
            if reports.count > 0, let oldest = reports.oldest { sentence += " The oldest is \(ages.text(oldest)) old." }
        }
        self.init(kind: .nothingAsked, sentence: sentence)
    }
}

extension TaskStatus {
    fileprivate var isLeaders: Bool { role == Role.leader.name }
}

/// Times of a status in words, as they are now.
struct Ages {
    let now: UInt64

    func seconds(_ moment: UInt64) -> UInt64 { now - min(now, moment) }
    func text(_ moment: UInt64) -> String { readable(seconds: Double(seconds(moment))) }

    func step(_ walk: WalkProgress) -> String {
        "Step \(walk.step) (bit \(walk.bit)) of the walk that began \(text(walk.began)) ago"
    }
}
