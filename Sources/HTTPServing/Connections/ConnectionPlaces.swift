import NIOCore
import Synchronization

/// The places that a server has for connections, and who gets one when all are taken.
///
/// Accepting never stops: a flood of connections that do nothing would shut everyone else out until they time out. The
/// newcomer gets the place of the connection that has waited longest without a request, unless that one's last request
/// showed a token. Strangers who send bodies are at work and lose no place; they may hold all but some, so that there
/// is always a place for a newcomer, who may hold a token.
///
/// Over TLS a connection that has not ended its handshake costs memory and a signature. There are a quarter of all at
/// most: a further one gets the place of the one that has been at it longest.
final class ConnectionPlaces: Sendable {
    private struct Place {
        let channel: any Channel
        let pace: ConnectionPace
        /// Whether the latest request showed a token.
        var hasToken = false
        var isInHandshake: Bool
    }

    private struct State {
        var places: [ObjectIdentifier: Place] = [:]
        /// Bodies of requests without a token that are read or answered.
        var strangersBodies = 0
        /// How many of the places are of connections in their handshakes.
        var handshakes = 0

        /// Takes a place away, and gives its connection.
        mutating func remove(_ id: ObjectIdentifier?) -> (any Channel)? {
            guard let id, let place = places.removeValue(forKey: id) else { return nil }
            if place.isInHandshake { handshakes -= 1 }
            return place.channel
        }
    }

    private let limit: Int
    private let strangersLimit: Int
    private let handshakeLimit: Int
    private let state = Mutex(State())

    init(_ limits: TransportLimits) {
        limit = max(1, limits.maximumConnections)
        handshakeLimit = max(1, limit / 4)
        strangersLimit = limit - min(limits.placesForTokens, limit / 8)
    }

    /// Gives a new connection a place, for which another one may be closed.
    ///
    /// - Parameter hasHandshake: whether it begins with a handshake of TLS, whose end ``endHandshake(_:)`` is told of.
    /// - Returns: false if there is none.
    func take(_ channel: any Channel, _ pace: ConnectionPace, hasHandshake: Bool = false) -> Bool {
        let (isTaken, evicted) = state.withLock { state -> (Bool, (any Channel)?) in
            var evicted: (any Channel)?
            if hasHandshake, state.handshakes >= handshakeLimit {
                evicted = state.remove(Self.oldestWaiting(state.places.filter { $0.value.isInHandshake }))
            } else if state.places.count >= limit {
                guard let oldest = Self.oldestWaiting(state.places) else { return (false, nil) }
                evicted = state.remove(oldest)
            }
            state.places[ObjectIdentifier(pace)] = Place(channel: channel, pace: pace, isInHandshake: hasHandshake)
            if hasHandshake { state.handshakes += 1 }
            return (true, evicted)
        }
        if let evicted { AbruptEnd.end(evicted) }
        guard isTaken else { return false }
        channel.closeFuture.whenComplete { [self] _ in leave(pace) }
        return true
    }

    private func leave(_ pace: ConnectionPace) {
        _ = state.withLock { $0.remove(ObjectIdentifier(pace)) }
    }

    /// Notes that a connection's handshake is over.
    func endHandshake(_ pace: ConnectionPace) {
        let id = ObjectIdentifier(pace)
        state.withLock { state in
            guard state.places[id]?.isInHandshake == true else { return }
            state.places[id]?.isInHandshake = false
            state.handshakes -= 1
        }
    }

    /// The connection without a token that has waited longest, if one waits.
    private static func oldestWaiting(_ places: [ObjectIdentifier: Place]) -> ObjectIdentifier? {
        var oldest: (id: ObjectIdentifier, since: NIODeadline)?
        for (id, place) in places where !place.hasToken {
            guard let since = place.pace.waitingSince, since < oldest?.since ?? .distantFuture else { continue }
            oldest = (id, since)
        }
        return oldest?.id
    }

    /// Notes whether a connection's latest request showed a token.
    func setHasToken(_ hasToken: Bool, _ pace: ConnectionPace) {
        state.withLock { $0.places[ObjectIdentifier(pace)]?.hasToken = hasToken }
    }

    /// Counts a stranger's body, or does not and returns false if too many are on their way.
    func beginStrangersBody() -> Bool {
        state.withLock { state in
            guard state.strangersBodies < strangersLimit else { return false }
            state.strangersBodies += 1
            return true
        }
    }

    func endStrangersBody() {
        state.withLock { $0.strangersBodies -= 1 }
    }
}
