import NIOCore

/// What one connection may cost the server in time, and all of them together in memory.
///
/// The greatest body of each route is the handler's word, in its ``Admission``; these bounds hold for every route.
package struct TransportLimits: Sendable {
    /// How long a handshake of TLS may take, from the connection's beginning to its end.
    package var handshakeDeadline: TimeAmount = .seconds(10)
    /// How long a request head may take from its first byte to its last.
    package var headDeadline: TimeAmount = .seconds(10)
    /// The greatest size of a request head, in bytes.
    package var maximumHead = 16 * 1024
    /// The greatest number of fields in a request head.
    package var maximumFields = 100
    /// How many requests may wait for their turn on one connection.
    package var maximumPipelined = 100
    /// How long a connection may rest between two requests.
    package var keepAlive: TimeAmount = .seconds(75)
    /// How many bytes the sizes, extensions and trailers of a chunked body may take beyond the body's own number.
    package var chunkAllowance = 64 << 10
    /// How long a request body may make no progress at all.
    package var bodyIdle: TimeAmount = .seconds(10)
    /// How long a request body may be slower than ``minimumBodyRate``.
    package var bodyGrace: TimeAmount = .seconds(5)
    /// The least rate of a request body after ``bodyGrace``, in bytes a second, on average over ``bodyWindow``.
    package var minimumBodyRate = 1024
    /// Over how long the rate of a request body is taken.
    package var bodyWindow: TimeAmount = .seconds(10)
    /// How long a client may take to read a response.
    package var responseDeadline: TimeAmount = .seconds(120)
    /// After a refusal: how long the unread rest of a body is thrown away so that the client sees the refusal.
    package var linger: TimeAmount = .seconds(5)
    /// How often the bounds above are looked at.
    package var tick: TimeAmount = .milliseconds(500)
    /// How many connections there are at once; a further one takes the place of one that waits: ``ConnectionPlaces``.
    package var maximumConnections = 2048
    /// How many of those strangers' bodies never take; at most an eighth of all.
    package var placesForTokens = 256
    /// How many bytes of bodies may be held at once for requests that nobody authenticated.
    package var openBodyBudget = 128 << 20
    /// How many bytes of bodies may be held at once for authenticated requests.
    package var authenticatedBodyBudget = 384 << 20

    package init() {}
}
