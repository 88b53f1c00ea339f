import Crypto
import PopulusCollector
import PopulusDAP
import Results
import Synchronization

/// Starts walks: each after a question that is answered once, and one at a time of a task.
package final class Discoveries: Sendable {
    /// A walk that was asked for, and is not yet wanted for certain.
    private struct Question {
        let task: TaskID
        let wish: WalkWish
        let session: SHA256Digest
        let asked: ContinuousClock.Instant
    }

    private struct State {
        var running: [TaskID: Task<Void, Never>] = [:]
        var questions: [SHA256Digest: Question] = [:]
        var isOver = false
    }

    /// For how long a question waits for its answer, and how many do at most.
    static let patience: Duration = .seconds(900)
    static let mostQuestions = 64

    private let starters: [TaskID: any WalkStarter]
    private let live: LiveStream
    private let state = Mutex(State())

    /// - Parameter starters: one a task; of two of one task the first.
    package init(_ starters: [any WalkStarter], live: LiveStream) {
        self.starters = Dictionary(starters.map { ($0.task.id, $0) }) { one, _ in one }
        self.live = live
    }

    func starter(of task: TaskID) -> (any WalkStarter)? { starters[task] }

    /// The tasks whose walks can be started here, in a fixed order.
    var tasks: [KeptTask] { starters.values.map(\.task).sorted { $0.id.base64URL < $1.id.base64URL } }

    /// The tasks that are walked now.
    package var running: Set<TaskID> { state.withLock { Set($0.running.keys) } }

    // MARK: Asking once more

    /// Notes a wish that can succeed, and gives the secret with which it is confirmed.
    ///
    /// - Throws: why it cannot.
    func ask(
        _ wish: WalkWish, of task: TaskID, by session: Sessions.Session, now: ContinuousClock.Instant = .now
    ) throws(StartRefusal) -> Secret {
        guard let starter = starters[task] else { throw StartRefusal("no walk of this task can be started here") }
        if running.contains(task) { throw Self.busy }
        try starter.check(wish)
        let secret = Secret.random()
        let isRunning = state.withLock { state in
            guard state.running[task] == nil else { return true }
            state.questions = state.questions.filter { $0.value.asked.duration(to: now) < Self.patience }
            if state.questions.count >= Self.mostQuestions,
                let oldest = state.questions.min(by: { $0.value.asked < $1.value.asked })
            {
                state.questions[oldest.key] = nil
            }
            state.questions[Secret.digest(secret.text)] = Question(
                task: task, wish: wish, session: session.key, asked: now)
            return false
        }
        if isRunning { throw Self.busy }
        return secret
    }

    /// Begins the walk of a question that this session was asked; a question is answered once.
    func confirm(
        _ secret: String, of task: TaskID, by session: Sessions.Session, now: ContinuousClock.Instant = .now
    ) throws(StartRefusal) {
        let outcome = state.withLock { state -> Result<Void, StartRefusal> in
            let key = Secret.digest(secret)
            guard let question = state.questions[key], question.task == task, question.session == session.key,
                question.asked.duration(to: now) < Self.patience
            else {
                return .failure(StartRefusal("this question has been answered, or is too old: ask once more"))
            }
            state.questions[key] = nil
            guard state.running[task] == nil else { return .failure(Self.busy) }
            guard !state.isOver, let starter = starters[task] else {
                return .failure(StartRefusal("the dashboard is ending: start it again first"))
            }
            state.running[task] = Task { [self] in await run(starter, question.wish) }
            return .success(())
        }
        try outcome.get()
    }

    private static let busy = StartRefusal("a walk of this task is under way: one at a time")

    private func run(_ starter: any WalkStarter, _ wish: WalkWish) async {
        let task = starter.task.id
        live.begin(task, wish)
        do throws(StartRefusal) {
            try await starter.walk(wish, telling: live.listener(of: task))
        } catch {
            live.fail(task, reason: error.words)
        }
        state.withLock { $0.running[task] = nil }
    }

    // MARK: Ending

    /// Stops every walk where it can go on, and waits for that.
    package func end() async {
        let walks = state.withLock { state in
            state.isOver = true
            return Array(state.running.values)
        }
        for walk in walks { walk.cancel() }
        for walk in walks { await walk.value }
    }
}
