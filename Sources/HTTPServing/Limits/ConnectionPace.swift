import NIOCore
import Synchronization

/// Why a connection's bytes came too slowly, or its response was not read.
package enum PaceError: Error, Equatable {
    case headTooSlow
    case bodyTooSlow
    case lingered
}

/// The clock of one connection: what it waits for now, and whether the peer is quick enough at it.
///
/// The connection's loop announces each phase, ``PaceHandler`` counts bytes and looks at the verdict on the event loop.
package final class ConnectionPace: Sendable {
    /// What the connection waits for.
    package enum Phase: Equatable {
        /// The end of a handshake of TLS.
        case handshake
        /// The first byte of a new connection.
        case fresh
        /// The first byte of another request.
        case idle
        /// The rest of a request head whose first byte has come.
        case head
        /// The rest of a request body.
        case body(deadline: TimeAmount)
        /// Our own work; the peer cannot be slow at it.
        case working
        /// The peer, to read a response.
        case writing
        /// The end of a body that nobody reads any more.
        case lingering
    }

    package enum Verdict: Equatable {
        case fine
        case fail(PaceError)
        case close
    }

    private struct State {
        var phase = Phase.fresh
        var since = NIODeadline.now()
        var lastBytes = NIODeadline.now()
        /// What has come of a body; nothing while there is none.
        var bytes: ByteWindow?
    }

    private let state = Mutex(State())
    private let limits: TransportLimits

    /// - Parameter hasHandshake: whether a handshake of TLS comes before the first request.
    package init(limits: TransportLimits, hasHandshake: Bool = false) {
        self.limits = limits
        if hasHandshake { enter(.handshake) }
    }

    /// Begins a phase now.
    package func enter(_ phase: Phase, at now: NIODeadline = .now()) {
        var next = State(phase: phase, since: now, lastBytes: now)
        if case .body = phase { next.bytes = ByteWindow(from: now, length: limits.bodyWindow) }
        state.withLock { $0 = next }
    }

    /// Counts bytes as they come from the socket.
    package func received(_ count: Int, at now: NIODeadline = .now()) {
        state.withLock { state in
            if state.phase == .idle || state.phase == .fresh {
                state = State(phase: .head, since: now, lastBytes: now)
            }
            state.lastBytes = now
            state.bytes?.add(count, at: now)
        }
    }

    /// Since when the peer owes us a request, or its going; nothing while one is read or answered.
    var waitingSince: NIODeadline? {
        state.withLock { state in
            switch state.phase {
            case .handshake, .fresh, .idle, .head, .lingering: state.since
            case .body, .working, .writing: nil
            }
        }
    }

    /// Whether the peer is still quick enough.
    package func verdict(at now: NIODeadline = .now()) -> Verdict {
        let state = state.withLock { $0 }
        let elapsed = now - state.since
        let rest = now - state.lastBytes
        switch state.phase {
        case .handshake: return elapsed > limits.handshakeDeadline ? .close : .fine
        case .fresh: return elapsed > limits.headDeadline ? .close : .fine
        case .idle: return elapsed > limits.keepAlive ? .close : .fine
        case .head: return elapsed > limits.headDeadline ? .fail(.headTooSlow) : .fine
        case .body(let deadline):
            let bytes = state.bytes?.sum(at: now) ?? 0
            let slow = elapsed > deadline || rest > limits.bodyIdle || isBelowMinimumRate(bytes, after: elapsed)
            return slow ? .fail(.bodyTooSlow) : .fine
        case .working: return .fine
        case .writing: return elapsed > limits.responseDeadline ? .close : .fine
        case .lingering: return elapsed > limits.linger ? .fail(.lingered) : .fine
        }
    }

    /// The rate counts from the end of the grace, so that a slow start alone is no reason; then over the window, so that
    /// bytes that came early do not pay for slowness later.
    ///
    /// - Parameter bytes: what has come within the window.
    private func isBelowMinimumRate(_ bytes: Int, after elapsed: TimeAmount) -> Bool {
        guard elapsed > limits.bodyGrace else { return false }
        let milliseconds = min(elapsed - limits.bodyGrace, limits.bodyWindow).nanoseconds / 1_000_000
        return Int64(bytes) * 1000 < Int64(limits.minimumBodyRate) * milliseconds
    }
}

/// Counts a connection's incoming bytes and ends what ``ConnectionPace`` finds too slow.
///
/// It stands before the HTTP decoder, and behind TLS, where a head that comes byte by byte shows. A failure travels down the pipeline
/// as an error, so that the connection's loop can still answer with a problem document.
final class PaceHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let pace: ConnectionPace
    private let tick: TimeAmount
    private var timer: RepeatedTask?
    /// All bytes that have come; for the event loop.
    private(set) var received = 0

    init(pace: ConnectionPace, tick: TimeAmount) {
        self.pace = pace
        self.tick = tick
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        timer = context.eventLoop.scheduleRepeatedTask(initialDelay: tick, delay: tick) { task in
            let (handler, context) = bound.value
            handler.look(context: context, task: task)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let count = unwrapInboundIn(data).readableBytes
        received += count
        pace.received(count)
        context.fireChannelRead(data)
    }

    private func look(context: ChannelHandlerContext, task: RepeatedTask) {
        switch pace.verdict() {
        case .fine: break
        case .fail(let error):
            // Once: the loop answers, and its writing has a deadline of its own.
            pace.enter(.writing)
            context.fireErrorCaught(error)
        case .close:
            task.cancel()
            context.close(promise: nil)
        }
    }
}
