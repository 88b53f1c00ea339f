import HTTPServing
import NIOCore
import PopulusCollector
import PopulusDAP
import PopulusEvents
import Synchronization

/// The walks that are under way, and everybody who watches them: one stream a task, which its viewers share.
///
/// A walk only notes what has changed. Some times a second what was noted is encoded, once, whatever the number of viewers,
/// and all of them are sent the same bytes: of steps that follow each other faster they see the last. Each event is a whole
/// state: a viewer who comes later, or comes again, is sent the latest alone. One who reads too slowly is dropped, and the
/// browser comes again by itself. So no viewer makes a walk wait, and many of them cost it little.
package final class LiveStream: Sendable {
    /// How many events wait for a viewer at most.
    static let patience = 16

    private struct Channel {
        var walk: LiveWalk?
        /// The latest state that was sent, as it is sent.
        var frame: ByteBuffer?
        /// Whether the walk has told something since.
        var isStale = false
        var viewers: [UInt64: Viewer] = [:]
    }

    private struct Viewer {
        let stream: ResponseStream
        /// Whether it may watch still: a session ends while its streams are open.
        let isWelcome: @Sendable () -> Bool
    }

    private struct State {
        var channels: [TaskID: Channel] = [:]
        var nextViewer: UInt64 = 0
        var isOver = false
    }

    private let state = Mutex(State())
    private let mostViewers: Int
    private let encode: @Sendable (LiveView) -> [UInt8]

    /// - Parameters:
    ///   - mostViewers: of all tasks together, so that connections are left for pages.
    ///   - encode: one server-sent event.
    package init(mostViewers: Int = 1536, encode: @escaping @Sendable (LiveView) -> [UInt8]) {
        self.mostViewers = mostViewers
        self.encode = encode
    }

    /// The walk of a task that is under way, or was the latest since the process began.
    package func walk(of task: TaskID) -> LiveWalk? { state.withLock { $0.channels[task]?.walk } }

    /// How many watch a task.
    package func viewers(of task: TaskID) -> Int { state.withLock { $0.channels[task]?.viewers.count ?? 0 } }

    /// A new viewer's part of a response: the latest state first, then each later one; nothing where there are too many.
    ///
    /// - Parameter isWelcome: whether it may go on watching, asked before each event.
    package func watch(_ task: TaskID, while isWelcome: @escaping @Sendable () -> Bool = { true }) -> ResponseStream? {
        let number = state.withLock { state -> UInt64? in
            guard state.channels.values.reduce(0, { $0 + $1.viewers.count }) < mostViewers else { return nil }
            state.nextViewer += 1
            return state.nextViewer
        }
        guard let number else { return nil }
        let stream = ResponseStream(limit: Self.patience) { [self] in leave(task, number) }
        // Browsers wait so many milliseconds before they come again.
        _ = stream.send(ByteBuffer(string: "retry: 2000\n\n"))
        let isOver = state.withLock { state in
            guard !state.isOver else { return true }
            var channel = state.channels[task] ?? Channel()
            // What others have is enough: what came since is told to all.
            let frame = channel.frame ?? channel.walk.map { ByteBuffer(bytes: encode($0.view)) }
            if let frame { _ = stream.send(frame) }
            channel.viewers[number] = Viewer(stream: stream, isWelcome: isWelcome)
            state.channels[task] = channel
            return false
        }
        if isOver { stream.close() }
        return stream
    }

    private func leave(_ task: TaskID, _ number: UInt64) {
        state.withLock { _ = $0.channels[task]?.viewers.removeValue(forKey: number) }
    }

    /// Hears a run of a task.
    package func listener(of task: TaskID) -> Hearing<WalkEvent> { Hearing { [self] in hear($0, task) } }

    private func hear(_ event: WalkEvent, _ task: TaskID) {
        change(task) { walk in
            if case .started(let start) = event { walk = LiveWalk(start) } else { walk?.hear(event) }
        }
    }

    /// A walk of a task was asked for: what viewers saw of an earlier one goes.
    func begin(_ task: TaskID, _ wish: WalkWish) { change(task) { $0 = LiveWalk(task, wish) } }

    /// Says why a task's walk is over without a result, where the walk itself has not.
    func fail(_ task: TaskID, reason: String) { change(task) { $0?.fail(reason) } }

    private func change(_ task: TaskID, _ body: (inout LiveWalk?) -> Void) {
        state.withLock { state in
            body(&state.channels[task, default: Channel()].walk)
            state.channels[task]?.isStale = true
        }
    }

    /// Tells viewers what has changed since they were told the last time.
    ///
    /// - Returns: how long to wait before it is done again: a quarter of a second, and four milliseconds more for each viewer.
    @discardableResult
    package func tellChanges() -> Duration {
        for task in state.withLock({ state in state.channels.filter(\.value.isStale).map(\.key) }) {
            tell(task) { frame(of: &$0) }
        }
        let viewers = state.withLock { $0.channels.values.reduce(0) { $0 + $1.viewers.count } }
        return .milliseconds(250 + 4 * viewers)
    }

    /// Encodes the latest state.
    private func frame(of channel: inout Channel) -> ByteBuffer? {
        channel.isStale = false
        channel.frame = channel.walk.map { ByteBuffer(bytes: encode($0.view)) }
        return channel.frame
    }

    /// Tells viewers that the server is there, so that a connection that broke is noticed.
    package func beat() {
        let comment = ByteBuffer(string: ":\n\n")
        for task in state.withLock({ Array($0.channels.keys) }) { tell(task) { _ in comment } }
    }

    /// Sends one text to all viewers of a task, in the order of calls.
    ///
    /// A viewer is closed outside the lock: its end takes the lock again.
    private func tell(_ task: TaskID, _ make: (inout Channel) -> ByteBuffer?) {
        let slow = state.withLock { state -> [ResponseStream] in
            var channel = state.channels[task] ?? Channel()
            defer { state.channels[task] = channel }
            guard let bytes = make(&channel) else { return [] }
            let slow = channel.viewers.filter { !$0.value.isWelcome() || !$0.value.stream.send(bytes) }
            for number in slow.keys { channel.viewers[number] = nil }
            return slow.values.map(\.stream)
        }
        for viewer in slow { viewer.close() }
    }

    /// Ends every viewer's stream, with what has changed last; no further one begins.
    package func end() {
        tellChanges()
        let all = state.withLock { state in
            state.isOver = true
            let all = state.channels.values.flatMap { $0.viewers.values.map(\.stream) }
            for task in state.channels.keys { state.channels[task]?.viewers = [:] }
            return all
        }
        for viewer in all { viewer.close() }
    }
}
