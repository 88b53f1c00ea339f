import AggregatorHost
import PopulusDAP
import PopulusTLS
import Testing

/// Whose certificates are expected of which task.
@Suite struct PinnedPeersTests {
    /// A slip in a task's ID leaves that task to its token: whoever starts the server is told.
    @Test func aTaskThatIsNotServedIsFound() {
        let (served, slip, other) = (TaskID.random(), TaskID.random(), TaskID.random())
        var peers = PinnedPeers()
        #expect(peers.tasks(besides: []) == [])
        peers.add(.name("for.all.example"), for: nil)
        #expect(peers.tasks(besides: [served]) == [])
        peers.add(.name("own.example"), for: served)
        #expect(peers.tasks(besides: [served, other]) == [])
        for _ in 0..<2 { peers.add(.name("slip.example"), for: slip) }
        #expect(peers.tasks(besides: [served, other]) == [slip])
        peers.add(.name("own.example"), for: other)
        #expect(Set(peers.tasks(besides: [served])) == [slip, other] && peers.tasks(besides: []).count == 3)
    }
}
