import PopulusDAP

/// What a Helper says of an aggregation job or an aggregate share: where it is, and its representation once there is one.
///
/// Spec: DAP §3.1, §3.2
package struct HelperAnswer<ID: OpaqueID>: Hashable, Sendable {
    package var id: ID
    package var state: ResourceState

    package init(id: ID, state: ResourceState) {
        self.id = id
        self.state = state
    }

    package init(id: ID, body: [UInt8], mediaType: MediaType) {
        self.init(id: id, state: .ready(body: body, mediaType: mediaType))
    }
}

package typealias AggregationJobAnswer = HelperAnswer<AggregationJobID>
package typealias AggregateShareAnswer = HelperAnswer<AggregateShareID>

/// How far a resource is that a server may work at in the background.
package enum ResourceState: Hashable, Sendable {
    /// Not ready; ask again, after this time if the server named one.
    case processing(retryAfter: Duration?)
    /// Its representation.
    case ready(body: [UInt8], mediaType: MediaType)
}
